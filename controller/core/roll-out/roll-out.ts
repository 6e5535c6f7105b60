/**
 * A set on its way to the devices. The core alone moves it on; people start, resume and end it.
 *
 *   start ──► rolling(ring 0) ──soak──► rolling(ring 1) ── … ──► done: in force for everybody
 *                  │  ▲
 *        too much lost  resume
 *                  ▼  │
 *                 halted ──► (nothing moves until somebody says so)
 */
import type { RollOutState } from "./roll-out-state.ts";
import { nextStep, ringOf, type RollOutStep } from "#shared/policy/analysis/roll-out.ts";
import { sendGatewayConfig } from "../access/gateway-config.ts";
import { documentsOf, type PolicyInForce, putInForce } from "../access/policy-in-force.ts";
import { refreshProtection } from "../access/protected.ts";
import type { Step } from "../context.ts";
import { setDeadline } from "../deadline-queue.ts";
import { markAllDirty } from "../dirty.ts";
import type { ResourceRecord, RollOutRecord } from "../record.ts";
import { traitsOf } from "../resource-traits.ts";
import type { ControllerState } from "../state.ts";

const deadlineKey = "rollOut:";

/** Returns the state of a record, or null where its set does not compile (said by whoever compiled it first). */
export function openRollOut(
  record: RollOutRecord,
  held: Pick<ControllerState, "resources" | "sites">,
): RollOutState | null {
  const documents = documentsOf(record.policy);
  const result = putInForce(documents, record.policy.version, held);
  if (result.kind === "refused") return null;
  return {
    change: record.change,
    record: record.policy,
    policy: result.policy,
    rings: documents.flatMap(({ rings }) => rings ?? []),
    announcedPercent: record.announcedPercent,
    ringOpen: record.ringOpen ?? [],
    status: record.status,
    ring: record.ring,
    sinceAt: record.sinceAt,
    why: "",
    seen: new Map(),
  };
}

/** Sets when the roll-out is due to go on. */
export function scheduleRollOut(state: ControllerState): void {
  const { rollOut } = state;
  const soakMs = (rollOut?.rings[rollOut.ring]?.soakSeconds ?? 0) * 1_000;
  const at = rollOut?.status === "rolling" ? rollOut.sinceAt + soakMs : Infinity;
  setDeadline(state.deadlines, deadlineKey, at);
}

/** Halts where what looks at devices showed since the last time is too much. */
export function judgeLosses(step: Step): void {
  const { rollOut } = step.state;
  if (rollOut?.status !== "rolling") return;
  const next = nextOf(step, rollOut);
  if (next.kind === "halt") halt(step, rollOut, next.why);
}

/** Goes on where the ring has been watched long enough. */
export function takeRollOutDeadline(step: Step): void {
  const { rollOut } = step.state;
  if (rollOut?.status !== "rolling") return;
  const next = nextOf(step, rollOut);
  if (next.kind === "halt") return halt(step, rollOut, next.why);
  if (next.kind === "wait") return scheduleRollOut(step.state);
  if (next.kind === "done" || next.ring >= rollOut.rings.length) return finish(step, rollOut);
  rollOut.ring = next.ring;
  rollOut.sinceAt = step.now;
  keep(step, rollOut, "rolling");
  scheduleRollOut(step.state);
  markAllDirty(step.state);
}

/** What a ring shows by now. */
export interface RingSight {
  readonly devices: number;
  readonly openByOld: number;
  readonly lost: number;
}

/**
 * Returns what the devices that are in each ring now have shown, up to the newest. A ring's size is
 * the plan's until more of it was seen: whoever comes first must not stand for all.
 */
export function ringSights(
  devices: ControllerState["devices"],
  { rings, ring: newest, ringOpen, seen }: RollOutState,
): readonly RingSight[] {
  const sights = Array.from({ length: newest + 1 }, () => ({ devices: 0, openByOld: 0, lost: 0 }));
  for (const [id, { open, lost }] of seen) {
    const device = devices.get(id);
    const sight = device === undefined ? undefined : sights[ringOf(rings, device.record.groups)];
    if (sight === undefined) continue;
    sight.devices += 1;
    sight.openByOld += open;
    sight.lost += lost;
  }
  return sights.map((sight, ring) => {
    return { ...sight, openByOld: Math.max(sight.openByOld, ringOpen[ring] ?? 0) };
  });
}

/** Who was away while its ring was newest may come back later, so each ring is judged. */
function nextOf({ state, now }: Step, rollOut: RollOutState): RollOutStep {
  const { rings, announcedPercent, sinceAt } = rollOut;
  const steps = ringSights(state.devices, rollOut).map(({ openByOld, lost }, ring) => {
    const record = { openByOld, lost, announcedPercent: announcedPercent[ring] ?? 0 };
    return nextStep(rings, { rollOut: { ring, sinceAt }, record }, now);
  });
  return steps.find(({ kind }) => kind === "halt") ?? steps.at(-1) ?? { kind: "done" };
}

function halt(step: Step, rollOut: RollOutState, why: string): void {
  rollOut.status = "halted";
  rollOut.why = why;
  keep(step, rollOut, "halted");
  const error = { code: "SP-637", params: { why } } as const;
  step.effects.push({ kind: "alarm", subject: rollOut.record.version, error });
  scheduleRollOut(step.state);
}

function finish(step: Step, rollOut: RollOutState): void {
  const { state } = step;
  keep(step, rollOut, "done");
  state.rollOut = null;
  scheduleRollOut(state);
  replaceResources(state, rollOut.policy);
  const result = putInForce(rollOut.policy.documents, rollOut.policy.version, state);
  state.policy = result.kind === "compiled" ? result.policy : rollOut.policy;
  refreshProtection(state);
  for (const gateway of state.gateways.values()) sendGatewayConfig(step, gateway);
  markAllDirty(state);
}

function keep(step: Step, rollOut: RollOutState, status: "rolling" | "halted" | "done"): void {
  const { change, ring, why } = rollOut;
  const write = { kind: "rollOutStep", change, at: step.now, status, ring } as const;
  const writes = [status === "halted" ? { ...write, why } : write];
  step.effects.push({ kind: "write", token: null, writes });
}

/** The store does the same with its table in the write that ends the roll-out. */
function replaceResources(state: ControllerState, policy: PolicyInForce): void {
  const definitions = new Map(
    policy.documents.flatMap(({ resources }) => resources.map((one) => [one.name, one] as const)),
  );
  const siteIds = new Map([...state.sites.values()].map((site) => [site.name, site.id]));
  for (const record of state.resources.values()) {
    const definition = definitions.get(record.name);
    if (definition === undefined) {
      if (record.source === "git") state.resources.delete(record.id);
      continue;
    }
    const { id } = record;
    const site = siteIds.get(definition.site) ?? record.site;
    const changed: ResourceRecord = { id, site, source: "git", ...traitsOf(definition) };
    state.resources.set(record.id, changed);
  }
}
