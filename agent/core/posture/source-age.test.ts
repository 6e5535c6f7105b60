import { expect, test } from "vitest";
import { readWazuh } from "./edr/status-text.ts";
import { judgeMacUpdates } from "./darwin/patches.ts";
import { judgeApt } from "./linux/apt.ts";
import { ageHours } from "./source-age.ts";

const hourMs = 3_600_000;
const nowAt = Date.UTC(2026, 10, 22);

test("ages are whole hours; an hour of disagreement between clocks is nothing", () => {
  expect(ageHours(nowAt - 90 * 60_000, nowAt)).toBe(1);
  expect(ageHours(nowAt + 30 * 60_000, nowAt)).toBe(0);
  expect(ageHours(nowAt + 2 * hourMs, nowAt)).toBeNull();
  expect(ageHours(Number.NaN, nowAt)).toBeNull();
});

test("attack: a clock that is set back does not make old package lists fresh", () => {
  const releases = [{ signedAt: nowAt, validUntilAt: null }];
  const lists = { checkedAt: nowAt, releases, security: "first" } as const;
  const upgrade = { pending: 0, security: 0, unread: 0 };
  const judged = judgeApt(upgrade, lists, nowAt - 400 * 24 * hourMs);
  expect(judged.updates).toEqual({ kind: "unknown", reason: "stale_source" });
  expect(judged.sourceAge).toEqual({ kind: "unknown", reason: "conflict" });
});

test("attack: nor the last look of Software Update, nor a product's state file", () => {
  const plist =
    '<plist version="1.0"><dict><key>LastSuccessfulDate</key><date>2026-11-22T00:00:00Z</date></dict></plist>';
  const signs = { nowAt: nowAt - 48 * hourMs, parseDate: Date.parse, listed: null };
  const judged = judgeMacUpdates(plist, signs);
  expect(judged.updates).toEqual({ kind: "unknown", reason: "stale_source" });
  expect(readWazuh("status='connected'\n", -3_600).kind).toBe("degraded");
});
