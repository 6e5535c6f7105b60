/**
 * From what is known of a device to what it may reach: closes at once, opens by way of the disk.
 * Called only for devices that something touched; does little where no verdict flipped.
 */
import type { GrantClaims } from "#shared/grant/claims.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { sameReach } from "#shared/policy/decide.ts";
import type { Input } from "#shared/policy/input.ts";
import type { Step } from "../context.ts";
import { setDeadline } from "../deadline-queue.ts";
import { endDropped } from "../elevation/elevations.ts";
import type { StoreWrite } from "../row.ts";
import type { DeviceState, GatewayState } from "../state.ts";
import { decideAll, type Decided, type Decisions } from "./decide.ts";
import { closeFlap, failFlap, passFlap } from "./flap.ts";
import { gateOf } from "./gate.ts";
import { latestAccessAt, type OpenResource, shortestAccessMs } from "./grant-claims.ts";
import { fitGrants } from "./grant-room.ts";
import { type Look, lookBy, sameLook } from "./look.ts";
import { bringPermit, type Opening, renewAt } from "./permits.ts";
import { leaveInput } from "../watch/observe.ts";
import { policyOf } from "./policy-of.ts";
import { keepFactViews, policyInput } from "./policy-input.ts";
import { noteLosses, riskLookAt } from "../risk/risk.ts";
import { sendTunnelConfig } from "./tunnel-config.ts";
import { sendVerdict } from "./verdict-message.ts";

const retryMs = 5_000;
const renewRetryMs = 60_000;

/**
 * Evaluates a device after a change; the cheap look comes first. Only what is lost by a new report is
 * a reading that turned bad: a clock, a set and a vendor accuse nobody.
 */
export function evaluateDevice(
  step: Step,
  device: DeviceState,
  { reported = false }: { readonly reported?: boolean } = {},
): void {
  if (device.recoveringUntilAt <= step.now) device.recoveringUntilAt = 0;
  const gate = gateOf(device, step.now);
  keepFactViews(step.state, device, step.now);
  const input = policyInput(step.state, device, step.now);
  const former = device.look;
  const look = lookAt(step, device, input);
  device.look = look;
  const flipped = gate !== null || former?.set !== look.set || !sameReach(former.reach, look.reach);
  const decisions = decideAll(step, device, { input, gate });
  const open = openResources(step, device, decisions.all);
  const changes = bringPermits(step, device, fitGrants(step, device, open.resources));
  if (flipped || changes.openings.length > 0 || changes.closed) sendTunnelConfig(step, device);
  sendVerdict(step, { device, input }, decisions.all);
  writeChanges(step, device, { decisions, changes });
  scheduleNext(step, device, Math.min(look.untilAt, open.holdUntilAt));
  const rose = reported && noteLosses(step, device, decisions.losses);
  if (endDropped(step, device) || rose) evaluateDevice(step, device);
  if (gate === null) leaveInput(step, device, input);
}

/** Looks at a device whose time came; where nothing can have changed it only sets the next time. */
export function evaluateAtDeadline(step: Step, device: DeviceState): void {
  const quiet = isQuiet(step, device) ? sameLookNow(step, device) : null;
  if (quiet === null) evaluateDevice(step, device);
  else scheduleNext(step, device, quiet.untilAt);
}

/** Tells whether only freshness could have changed anything: nothing ends, waits or is held back. */
function isQuiet(step: Step, device: DeviceState): boolean {
  const { now } = step;
  const recovers = device.recoveringUntilAt > 0 && device.recoveringUntilAt <= now;
  if (device.session !== null && device.session.expiresAt <= now) return false;
  if (recovers || gateOf(device, now) !== null || device.clones.clonedUntilAt > 0) return false;
  for (const flap of device.flaps.values()) if (flap.reopenedAt === null) return false;
  for (const { live } of device.permits.values()) {
    if (live !== null && (now >= renewAt(live) || endsBy(live, now))) return false;
  }
  return true;
}

function lookAt({ state }: Step, device: DeviceState, input: Input): Look {
  return lookBy(policyOf(state, device.record).set, comparedSets(state, device), input);
}

/** Returns the sets in shadow mode: what they would answer differently is seen on time, too. */
function comparedSets(state: Step["state"], { record }: DeviceState): readonly PolicySet[] {
  const { enforcedSet } = policyOf(state, record);
  return [enforcedSet, state.shadow?.policy.set ?? null].filter((one) => one !== null);
}

/** Returns the look as it is now where it says what the last one said, else null. */
function sameLookNow(step: Step, device: DeviceState): Look | null {
  if (device.look === null) return null;
  keepFactViews(step.state, device, step.now);
  const look = lookAt(step, device, policyInput(step.state, device, step.now));
  return sameLook(device.look, look) ? look : null;
}

function endsBy(claims: GrantClaims, now: number): boolean {
  return claims.access.some(({ exp }) => exp * 1000 <= now);
}

interface Open {
  readonly resources: readonly OpenResource[];
  readonly holdUntilAt: number;
}

function openResources(step: Step, device: DeviceState, all: readonly Decided[]): Open {
  const { now } = step;
  const granted = grantedResources(device);
  const latestAt = latestAccessAt(device, now);
  const resources: OpenResource[] = [];
  let holdUntilAt = Infinity;
  for (const { resource, verdict, decision } of all) {
    const passes = verdict?.effect === "allow";
    const opensAt = passes ? passAt(device, resource.id, now) : Infinity;
    if (!passes) {
      const wasOpen = granted.has(resource.id) && verdict !== null;
      noteFailure(step, device, { resource: resource.id, wasOpen });
    }
    if (opensAt > now) {
      holdUntilAt = Math.min(holdUntilAt, opensAt);
      continue;
    }
    const untilAt = Math.min(verdict?.accessUntilAt ?? 0, latestAt);
    const stays = granted.get(resource.id) ?? 0;
    if (untilAt - now < shortestAccessMs && stays <= now) continue;
    const leaseSeconds = verdict?.leaseSeconds ?? resource.leaseSeconds;
    resources.push({ resource, untilAt, leaseSeconds, decision: decision.id });
  }
  return { resources, holdUntilAt };
}

/** Returns the resources that some gateway holds for the device, with the latest end in ms. */
function grantedResources(device: DeviceState): ReadonlyMap<string, number> {
  const granted = new Map<string, number>();
  for (const { live } of device.permits.values()) {
    for (const { r, exp } of live?.access ?? []) {
      granted.set(r, Math.max(granted.get(r) ?? 0, exp * 1000));
    }
  }
  return granted;
}

function passAt(device: DeviceState, resource: string, now: number): number {
  const flap = device.flaps.get(resource);
  if (flap === undefined) return now;
  const passed = passFlap(flap, now);
  device.flaps.set(resource, passed.flap);
  return passed.opensAt;
}

function noteFailure(
  { now, state }: Step,
  device: DeviceState,
  { resource, wasOpen }: { readonly resource: string; readonly wasOpen: boolean },
): void {
  const flap = device.flaps.get(resource);
  if (wasOpen) device.flaps.set(resource, closeFlap(state.reopenHold, flap, now));
  else if (flap !== undefined) device.flaps.set(resource, failFlap(flap));
}

interface Changes {
  readonly writes: readonly StoreWrite[];
  readonly openings: readonly { readonly gateway: string; readonly opening: Opening }[];
  readonly closed: boolean;
}

function bringPermits(step: Step, device: DeviceState, open: readonly OpenResource[]): Changes {
  const writes: StoreWrite[] = [];
  const openings: { gateway: string; opening: Opening }[] = [];
  const recovering = device.recoveringUntilAt > step.now;
  // An absent device needs nothing new; what it has ends with its leases and facts.
  const mayOpen = device.link?.phase === "greeted" && !recovering;
  const sends = step.effects.length;
  for (const gateway of step.state.gateways.values()) {
    const wanted = wantedAt(gateway, open);
    if (wanted.length === 0 && !device.permits.has(gateway.record.id)) continue;
    const change = bringPermit(step, { device, gateway }, { wanted, mayOpen });
    writes.push(...change.writes);
    if (change.opening !== null) {
      openings.push({ gateway: gateway.record.id, opening: change.opening });
    }
  }
  return { writes, openings, closed: writes.length > 0 || step.effects.length > sends };
}

function wantedAt(gateway: GatewayState, open: readonly OpenResource[]): readonly OpenResource[] {
  if (gateway.record.status !== "active") return [];
  return open.filter(({ resource }) => resource.site === gateway.record.site);
}

function writeChanges(
  step: Step,
  device: DeviceState,
  { decisions, changes }: { readonly decisions: Decisions; readonly changes: Changes },
): void {
  const { effects, state } = step;
  const logged = decisions.fresh.map((decision): StoreWrite => ({ kind: "decision", decision }));
  for (const { effect, unmet } of decisions.fresh) {
    const reason = unmet[0]?.reason.code ?? (effect === "allow" ? "none" : "no_rule");
    const labels = { effect, reason };
    effects.push({ kind: "tally", tally: { name: "sallyport_decisions_total", labels }, by: 1 });
  }
  const { source } = decisions;
  const sources: StoreWrite[] = source === null ? [] : [{ kind: "decisionSource", source }];
  const writes = [...changes.writes, ...sources, ...logged];
  if (changes.openings.length === 0) {
    if (writes.length > 0) effects.push({ kind: "write", token: null, writes });
    return;
  }
  const token = state.nextToken++;
  const grants = changes.openings.map(({ gateway, opening }) => {
    opening.permit.writing = { claims: opening.claims, token };
    return { gateway, claims: opening.claims };
  });
  state.awaiting.set(token, { kind: "opening", device: device.record.id, grants });
  const rows = grants.map((grant): StoreWrite => ({
    kind: "grant",
    row: { device: device.record.id, ...grant },
  }));
  effects.push({ kind: "write", token, writes: [...writes, ...rows] });
}

function scheduleNext(step: Step, device: DeviceState, verdictAt: number): void {
  const { now, state } = step;
  const { set } = policyOf(state, device.record);
  let at = verdictAt;
  for (const { riskWeights } of [set, ...comparedSets(state, device)]) {
    at = Math.min(at, riskLookAt(device, riskWeights, now));
  }
  if (device.recoveringUntilAt > now) at = Math.min(at, device.recoveringUntilAt);
  if (device.session !== null && device.session.expiresAt > now) {
    at = Math.min(at, device.session.expiresAt);
  }
  if (device.clones.clonedUntilAt > now) at = Math.min(at, device.clones.clonedUntilAt);
  for (const { live } of device.permits.values()) {
    if (live === null) continue;
    const renew = renewAt(live);
    at = Math.min(at, renew > now ? renew : now + renewRetryMs);
    for (const { exp } of live.access) at = Math.min(at, exp * 1000);
  }
  setDeadline(state.deadlines, `device:${device.record.id}`, Math.max(at, now + 1));
}

/** Looks at a device wholly again soon, after something that failed for a reason outside it. */
export function evaluateLater(step: Step, device: DeviceState): void {
  device.look = null;
  setDeadline(step.state.deadlines, `device:${device.record.id}`, step.now + retryMs);
}
