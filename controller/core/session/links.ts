/** Links come and go: one per identity, the newer closes the older, each ends with its certificate. */
import { closeCodes } from "#shared/protocol/capability.ts";
import { evaluateDevice } from "../access/evaluate.ts";
import { noteReplacement } from "../admission/clone-watch.ts";
import type { Step } from "../context.ts";
import { setDeadline } from "../deadline-queue.ts";
import type { ProvedIdentity } from "./proved-identity.ts";
import { noteArrival } from "../risk/arrival.ts";
import type { Place } from "../risk/baseline.ts";
import type { DeviceState, GatewayState } from "../state.ts";
import { helloWithinMs, type Link, newLink } from "./link.ts";

/** Opens a link of an admitted identity. */
export function openLink(
  step: Step,
  opened: {
    readonly link: number;
    readonly identity: ProvedIdentity;
    readonly place: Place | null;
  },
): void {
  const { state, effects, now } = step;
  const { link: id, identity, place } = opened;
  const held = holderOf(step, identity.id);
  if (held === null) {
    const reason = "the identity is gone";
    effects.push({ kind: "close", link: id, code: closeCodes.revoked, reason });
    return;
  }
  const link = newLink(id, identity, now);
  const former = held.link;
  state.links.set(id, link);
  held.link = link;
  held.certificateEndsAt = Math.max(held.certificateEndsAt, identity.certificateEndsAt);
  setDeadline(state.deadlines, `hello:${id}`, now + helloWithinMs);
  setDeadline(state.deadlines, `certificate:${id}`, identity.certificateEndsAt);
  const device = state.devices.get(identity.id);
  const address = identity.remoteAddress;
  if (device !== undefined) noteArrival(step, device, { address, place });
  if (former !== null) replaceLink(step, held, { former, link });
}

/** Forgets a link that is closed; what the identity was given ends by its leases and facts. */
export function dropLink(step: Step, id: number): void {
  const { state } = step;
  const link = state.links.get(id);
  if (link === undefined) return;
  state.links.delete(id);
  setDeadline(state.deadlines, `hello:${id}`, Infinity);
  setDeadline(state.deadlines, `certificate:${id}`, Infinity);
  const held = holderOf(step, link.identity.id);
  if (held?.link !== link) return;
  held.link = null;
  const seen = { kind: "seen", identity: link.identity.id, at: step.now } as const;
  step.effects.push({ kind: "write", token: null, writes: [seen] });
}

/** Closes a link whose time is over: no hello, or the end of its certificate. */
export function expireLink(step: Step, id: number, because: "hello" | "certificate"): void {
  const link = step.state.links.get(id);
  if (link === undefined) return;
  if (because === "hello" && link.phase !== "opened") return;
  step.effects.push(
    because === "hello"
      ? { kind: "close", link: id, code: closeCodes.protocol, reason: "no hello in time" }
      : { kind: "close", link: id, code: closeCodes.certificate, reason: "certificate ended" },
  );
}

function holderOf(step: Step, id: string): DeviceState | GatewayState | null {
  return step.state.devices.get(id) ?? step.state.gateways.get(id) ?? null;
}

function replaceLink(
  step: Step,
  held: DeviceState | GatewayState,
  { former, link }: { readonly former: Link; readonly link: Link },
): void {
  const { effects, now } = step;
  const reason = "a newer link of this identity";
  effects.push({ kind: "close", link: former.id, code: closeCodes.replaced, reason });
  step.state.links.delete(former.id);
  if (former.identity.remoteAddress === link.identity.remoteAddress) return;
  if (!noteReplacement(held.clones, now)) return;
  const error = { code: "SP-208", params: { identity: held.record.id } } as const;
  effects.push({ kind: "alarm", subject: held.record.id, error });
  if (held.record.role === "device") {
    const device = step.state.devices.get(held.record.id);
    if (device !== undefined) evaluateDevice(step, device);
  }
}
