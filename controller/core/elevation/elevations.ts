/** Elevations in the controller's state: what counts now, and what ends early. */
import type { Elevation } from "#shared/policy/input.ts";
import type { Step } from "../context.ts";
import type { DeviceState } from "../state.ts";
import { type AccessRequest, end, isLive } from "./access-request.ts";

/** Returns what policy sees of the elevations of a device. */
export function elevationsOf(device: DeviceState, now: number): readonly Elevation[] {
  const live: Elevation[] = [];
  for (const { request } of device.requests.values()) {
    const { role, sinceAt, untilAt, approvals } = request;
    if (!isLive(request, now) || sinceAt === null || untilAt === null) continue;
    live.push({ role, sinceAt, untilAt, approvals: approvals.length });
  }
  return live;
}

/** Keeps a request in the state; what is over is forgotten. */
export function keepRequest(device: DeviceState, request: AccessRequest, now: number): void {
  const held = device.requests.get(request.id);
  if (request.status === "pending" || isLive(request, now)) {
    device.requests.set(request.id, { request, opened: held?.opened ?? false });
  } else device.requests.delete(request.id);
}

/**
 * Ends elevations whose resource was open and is refused now: whoever was approved in good state
 * asks anew after a bad one. Called after each evaluation; returns whether one ended.
 */
export function endDropped(step: Step, device: DeviceState): boolean {
  let ended = false;
  for (const held of device.requests.values()) {
    if (!isLive(held.request, step.now)) continue;
    const effect = device.decisions.get(held.request.resource)?.effect;
    if (effect === "allow") held.opened = true;
    if (effect !== "deny" || !held.opened) continue;
    ended = endHeld(step, device, { request: held.request, because: "posture" }) || ended;
  }
  return ended;
}

/** Ends what was asked for a resource that is gone: nobody could answer it any more. */
export function endOfResource(step: Step, resource: string): void {
  for (const device of step.state.devices.values()) {
    for (const { request } of device.requests.values()) {
      if (request.resource !== resource) continue;
      endHeld(step, device, { request, because: "resource removed" });
    }
  }
}

function endHeld(
  step: Step,
  device: DeviceState,
  { request: held, because }: { readonly request: AccessRequest; readonly because: string },
): boolean {
  const result = end(held, because, step.now);
  if (result.kind === "refused") return false;
  const { request } = result;
  device.requests.delete(request.id);
  step.effects.push({
    kind: "write",
    token: null,
    writes: [{ kind: "accessRequest", request, actor: "controller", action: "request end" }],
  });
  return true;
}
