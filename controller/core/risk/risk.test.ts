import { expect, test } from "vitest";
import type { Decision } from "#shared/policy/decision.ts";
import type { Effect } from "../effect.ts";
import type { DeviceState } from "../state.ts";
import { contributionsOf, noteLosses, openRisk, riskLookAt, riskOf } from "./risk.ts";

const now = 1_800_000_000_000;
const hourMs = 3_600_000;

function device(openedAt: number | null): DeviceState {
  const link = openedAt === null ? null : { openedAt };
  return { record: { id: "dev_1" }, risk: openRisk([]), link } as unknown as DeviceState;
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
  expect(riskOf(held, now)).toEqual({ session: 20, identity: 20 });
  note(held, [lossOf("edr.healthy")]);
  expect(riskOf(held, now)).toEqual({ session: 60, identity: 60 });
  expect(contributionsOf(held, now)[0]).toMatchObject({ kind: "edr.alert", points: 50 });
});

test("silence is no doubt: a reading that only went stale raises nothing", () => {
  const held = device(now - 1);
  expect(note(held, [lossOf("disk.encrypted", "fact_stale")])).toEqual([]);
  expect(riskLookAt(held, now)).toBe(Infinity);
});

test("a new link starts a new session, and the identity remembers until it has faded", () => {
  const held = device(now - 1);
  note(held, [lossOf("edr.running")]);
  const again = { ...held, link: { openedAt: now + 1 } as DeviceState["link"] };
  expect(riskOf(again, now + 2)).toEqual({ session: 0, identity: 50 });
  expect(riskLookAt(again, now + 2)).toBeGreaterThan(now);
  expect(riskOf(again, now + 500 * hourMs)).toEqual({ session: 0, identity: 0 });
});
