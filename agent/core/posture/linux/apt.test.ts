import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeApt, parseAptUpgrade, parseReleaseDates } from "./apt.ts";
import type { AptLists } from "./apt.ts";

const folder = new URL("../../../../test/fixtures/posture/linux/", import.meta.url);
const recorded = readFileSync(new URL("apt-dist-upgrade.txt", folder), "utf8");
const none = "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n";

test("a recorded backlog is read to the last line", () => {
  const security = recorded.split("\n").filter((line) => /^Inst.*Debian-Security:/.test(line));
  expect(parseAptUpgrade(recorded)).toEqual({
    pending: 136,
    security: security.length,
    unread: 0,
  });
  expect(security.length).toBeGreaterThan(50);
});

test.each([
  [
    "Inst linux-image-6.1.0-40-amd64 (6.1.153-1 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64])",
    { pending: 1, security: 1, unread: 0 },
  ],
  [
    "Inst base-files [12.4+deb12u11] (12.4+deb12u15 Debian:12.15/oldstable [amd64])",
    { pending: 1, security: 0, unread: 0 },
  ],
  [
    "Inst openssl [3.0.2-0ubuntu1.10] (3.0.2-0ubuntu1.12 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64]) []",
    { pending: 1, security: 1, unread: 0 },
  ],
  [
    "Inst vim [2:8] (2:9 UbuntuESM:22.04/jammy-infra-security [amd64]) [pkg:amd64 ]",
    { pending: 1, security: 1, unread: 0 },
  ],
  ["Inst odd line", { pending: 1, security: 0, unread: 1 }],
])("%s", (line, counts) => {
  const summary = "1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.";
  expect(parseAptUpgrade(`${summary}\n${line}\n`)).toEqual(counts);
});

test("output that was cut short is not 'nothing to do'", () => {
  expect(parseAptUpgrade("")).toBeNull();
  expect(parseAptUpgrade("Reading package lists...\n")).toBeNull();
  expect(parseAptUpgrade(recorded.slice(0, recorded.length / 2))).toBeNull();
});

test("InRelease dates are UTC, whatever the padding", () => {
  const head = "Date: Fri, 20 Nov 2026 00:12:41 UTC\nValid-Until: Fri, 27 Nov 2026 00:12:41 UTC\n";
  expect(parseReleaseDates(head)).toEqual({
    signedAt: Date.UTC(2026, 10, 20, 0, 12, 41),
    validUntilAt: Date.UTC(2026, 10, 27, 0, 12, 41),
  });
  expect(parseReleaseDates("Date: Sat,  4 Jul 2026 10:16:37 +0000\n").signedAt).toBe(
    Date.UTC(2026, 6, 4, 10, 16, 37),
  );
  expect(parseReleaseDates("Date: vorgestern\n")).toEqual({ signedAt: null, validUntilAt: null });
});

const hourMs = 3_600_000;
const nowAt = Date.UTC(2026, 10, 22);
const lists = (hours: number, validUntilAt: number | null = null): AptLists => ({
  checkedAt: nowAt - hours * hourMs,
  releases: [{ signedAt: nowAt, validUntilAt }],
  security: "first",
});

test("fresh lists without security updates are a zero; stale or ended ones are unknown", () => {
  const upgrade = parseAptUpgrade(none);
  const stale = { kind: "unknown", reason: "stale_source" };
  expect(judgeApt(upgrade, lists(1), nowAt).updates).toEqual({ kind: "known", value: 0 });
  expect(judgeApt(upgrade, lists(73), nowAt)).toEqual({
    updates: stale,
    sourceAge: { kind: "known", value: 73 },
  });
  expect(judgeApt(upgrade, lists(1, nowAt - 1), nowAt).updates).toEqual(stale);
  expect(judgeApt(upgrade, { ...lists(1), checkedAt: null }, nowAt).updates).toEqual(stale);
});

test.each([
  ["none", "no_data"],
  ["outranked", "conflict"],
  [null, "parse"],
] as const)("sources of security updates: %s, so none pending is unknown", (security, reason) => {
  const judged = judgeApt(parseAptUpgrade(none), { ...lists(1), security }, nowAt);
  expect(judged.updates).toEqual({ kind: "unknown", reason });
});

test("an unread line makes the count unknown", () => {
  const upgrade = { pending: 3, security: 1, unread: 1 };
  expect(judgeApt(upgrade, lists(1), nowAt).updates).toEqual({ kind: "unknown", reason: "parse" });
});

test("garbage never becomes a count", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseAptUpgrade(text)).toBeNull();
      expect(judgeApt(null, lists(1), nowAt).updates.kind).toBe("unknown");
      parseReleaseDates(text);
    }),
  );
});
