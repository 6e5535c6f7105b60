import fc from "fast-check";
import { expect, test } from "vitest";
import { imageUpdatesItself, judgeImage } from "./image.ts";

const nowAt = Date.UTC(2026, 10, 22);
const hoursAgo = (hours: number) => nowAt / 1_000 - hours * 3_600;
const booted = (hours: number) => ({
  booted: true,
  staged: false,
  version: "43.20261120.0",
  timestamp: hoursAgo(hours),
  checksum: "a",
});
const status = (deployments: readonly object[], update: unknown = null) =>
  judgeImage(JSON.stringify({ deployments, transaction: null, "cached-update": update }), nowAt);
const advisory = (id: string, kind: number) => [id, kind, 3, ["openssl-3.2-1.x86_64"], {}];
const known = (value: number) => ({ kind: "known", value });

test("a young image with nothing found has no pending updates, an old one does not know", () => {
  expect(status([booted(5)])).toEqual({ updates: known(0), sourceAge: known(5) });
  expect(status([booted(100)])).toEqual({
    updates: { kind: "unknown", reason: "stale_source" },
    sourceAge: known(100),
  });
});

test("a found update is counted by its security advisories; without any it cannot be counted", () => {
  const update = {
    version: "43.20261122.0",
    "ref-has-new-commit": true,
    advisories: [advisory("FEDORA-2026-1", 1), advisory("FEDORA-2026-2", 2)],
  };
  expect(status([booted(100)], update).updates).toEqual(known(1));
  const none = { ...update, advisories: [advisory("FEDORA-2026-2", 2)] };
  expect(status([booted(5)], none).updates).toEqual({ kind: "unknown", reason: "no_data" });
  const odd = { ...update, advisories: "many" };
  expect(status([booted(5)], odd).updates).toEqual({ kind: "unknown", reason: "parse" });
});

test("a staged image waits for its restart: something is pending, how much is not known", () => {
  const staged = { booted: false, staged: true, timestamp: hoursAgo(1) };
  expect(status([staged, booted(5)]).updates).toEqual({ kind: "unknown", reason: "no_data" });
});

test("an image from tomorrow is a clock that was set back", () => {
  expect(status([booted(-48)])).toEqual({
    updates: { kind: "unknown", reason: "stale_source" },
    sourceAge: { kind: "unknown", reason: "conflict" },
  });
});

test("only policies that install count as updating by itself", () => {
  expect(imageUpdatesItself("[Daemon]\nAutomaticUpdatePolicy=stage\n")).toBe(true);
  expect(imageUpdatesItself("[Daemon]\nAutomaticUpdatePolicy=check\n")).toBe(false);
  expect(imageUpdatesItself("[Daemon]\n#AutomaticUpdatePolicy=apply\n")).toBe(false);
});

test("garbage is never a count", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(judgeImage(text, nowAt).updates.kind).toBe("unknown");
    }),
  );
});
