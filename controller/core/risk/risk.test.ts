import { expect, test } from "vitest";
import { type RiskSighting, startingWeights } from "#shared/policy/risk.ts";
import type { Decision } from "#shared/policy/decision.ts";
import type { Effect } from "../effect.ts";
import type { DeviceState } from "../state.ts";
import {
  contributionsOf,
  noteLosses,
  noteRefusal,
  openRisk,
  riskLookAt,
  riskOf,
  withSighting,
} from "./risk.ts";

const now = 1_800_000_000_000;
const hourMs = 3_600_000;
const weights = startingWeights;

function device(openedAt: number | null): DeviceState {
  const link = openedAt === null ? null : { openedAt };
  return { record: { id: "dev_1" }, risk: openRisk(), link } as unknown as DeviceState;
}

function lossOf(signal: string, code = "level_not_met"): Decision {
  return { unmet: [{ policy: "a", signal, reason: { code, params: {} } }] } as unknown as Decision;
}

function note(held: DeviceState, losses: readonly Decision[], at = now): readonly Effect[] {
  const effects: Effect[] = [];
  noteLosses({ state: {}, context: {}, now: at, effects } as never, held, losses);
  return effects;
}

test("what a bad reading closes raises the risk once, kept by the store; an EDR weighs more", () => {
  const held = device(now - 1);
  expect(note(held, [lossOf("disk.encrypted"), lossOf("firewall.enabled")])).toMatchObject([
    { kind: "write", writes: [{ kind: "riskSighting", device: "dev_1" }] },
  ]);
  expect(riskOf(held, weights, now)).toMatchObject({ session: 20, identity: 20 });
  note(held, [lossOf("edr.healthy")]);
  expect(riskOf(held, weights, now)).toMatchObject({ session: 60, identity: 60 });
  expect(contributionsOf(held, weights, now)[0]).toMatchObject({
    kind: "edr.alert",
    points: 50,
    detail: "edr.healthy",
  });
});

test("silence is no doubt: a reading that only went stale raises nothing", () => {
  const held = device(now - 1);
  expect(note(held, [lossOf("disk.encrypted", "fact_stale")])).toEqual([]);
  expect(riskLookAt(held, weights, now)).toBe(Infinity);
});

test("many small sightings do not wash off a large one: each kind has its own room", () => {
  let kept: readonly RiskSighting[] = [{ kind: "edr.alert", at: now }];
  for (let count = 1; count <= 100; count++) {
    kept = withSighting(kept, { kind: "place.new_network", at: now + count });
  }
  const networks = kept.slice(1).map(({ at }) => at - now);
  expect(kept[0]).toEqual({ kind: "edr.alert", at: now });
  expect(networks).toEqual([93, 94, 95, 96, 97, 98, 99, 100]);
});

test("a new link starts a new session, and the identity remembers until it has faded", () => {
  const held = device(now - 1);
  note(held, [lossOf("edr.running")]);
  const again = { ...held, link: { openedAt: now + 1 } as DeviceState["link"] };
  expect(riskOf(again, weights, now + 2)).toMatchObject({ session: 0, identity: 50 });
  expect(riskLookAt(again, weights, now + 2)).toBeGreaterThan(now);
  expect(riskOf(again, weights, now + 500 * hourMs)).toMatchObject({ session: 0, identity: 0 });
});

test("to look at a risk changes nothing: an administrator's look is no event", () => {
  const held = device(now - 1);
  note(held, [lossOf("edr.running")]);
  const before = JSON.stringify(held.risk);
  const early = riskOf(held, weights, now + 9 * hourMs);
  riskOf(held, weights, now + 100 * hourMs);
  expect(riskOf(held, weights, now + 9 * hourMs)).toEqual(early);
  expect(JSON.stringify(held.risk)).toBe(before);
});

test("five refused proofs within ten minutes are a burst, four are not, nor five over an hour", () => {
  const refuse = (held: DeviceState, at: number) =>
    noteRefusal({ now: at, effects: [] } as never, held);
  const [fast, slow] = [device(now), device(now)];
  expect([0, 1, 2, 3, 4].map((n) => refuse(fast, now + n * 60_000))).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
  expect([0, 1, 2, 3, 4, 5].map((n) => refuse(slow, now + n * 720_000))).not.toContain(true);
  expect(riskOf(fast, weights, now + 240_000)).toMatchObject({ session: 35, identity: 35 });
});
