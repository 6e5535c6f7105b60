/** Wishes of devices for time-boxed access, and what a wish must be for. */
import type { Reason } from "#shared/policy/decision.ts";
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";
import type { Step } from "../context.ts";
import type { Link } from "../session/link.ts";
import type { DeviceState } from "../state.ts";
import { type AccessRequest, elevationSecondsMax } from "./access-request.ts";
import { keepRequest } from "./elevations.ts";

const wishesMax = 10;

/** What is to be approved for a resource to open; null where no rule waits for an approval alone. */
export interface Wanted {
  readonly role: string;
  readonly approvals: number;
  /** Null: the rule does not say. */
  readonly secondsMax: number | null;
}

/** Reads what is wanted from the reasons of a refusal, the nearest rule first. */
export function wantedBy(reasons: readonly Reason[], role?: string): Wanted | null {
  for (const { code, params } of reasons) {
    if (code !== "approval_needed" || typeof params["role"] !== "string") continue;
    if (role !== undefined && params["role"] !== role) continue;
    const { approvedBy, maxSeconds } = params;
    return {
      role: params["role"],
      approvals: typeof approvedBy === "number" ? approvedBy : 1,
      secondsMax: typeof maxSeconds === "number" ? maxSeconds : null,
    };
  }
  return null;
}

/** Returns how long a wish may last: never longer than its rule lets the role count. */
export function boxSeconds(wanted: Wanted, seconds: number): number {
  return Math.min(seconds, wanted.secondsMax ?? elevationSecondsMax, elevationSecondsMax);
}

/** Takes the wish of a device; it is answered when it is durable. */
export function takeWish(
  step: Step,
  link: Link,
  device: DeviceState,
  wish: AgentMessageOf<"accessRequest">,
): void {
  const { ref } = wish;
  const refuse = (why: string) => {
    const message = { kind: "accessAnswer", ref, result: "refused", why } as const;
    step.effects.push({ kind: "send", link: link.id, message });
  };
  const resource = [...step.state.resources.values()].find(({ name }) => name === wish.resource);
  const decision = device.decisions.get(resource?.id ?? "");
  const wanted = wantedBy(decision?.unmet.map(({ reason }) => reason) ?? []);
  if (resource === undefined || wanted === null) {
    return refuse(`no rule opens ${wish.resource} for this device by an approval`);
  }
  const waiting = [...device.requests.values()].filter(
    ({ request }) => request.status === "pending",
  );
  if (waiting.length >= wishesMax) return refuse("too many requests of this device wait already");
  const request: AccessRequest = {
    id: step.context.newId("req", step.now),
    device: device.record.id,
    resource: resource.id,
    role: wanted.role,
    reason: wish.reason,
    seconds: boxSeconds(wanted, wish.seconds),
    requestedBy: device.record.id,
    requestedByName: device.record.name,
    at: step.now,
    status: "pending",
    approvals: [],
    approvalsNeeded: wanted.approvals,
    sinceAt: null,
    untilAt: null,
    endedBecause: null,
  };
  const token = step.state.nextToken++;
  step.state.awaiting.set(token, { kind: "wish", link: link.id, ref, request });
  step.effects.push({
    kind: "write",
    token,
    writes: [{ kind: "accessRequest", request, actor: device.record.id, action: "request made" }],
  });
}

/** Answers a wish once the disk has spoken. */
export function answerWish(
  step: Step,
  wish: { readonly link: number; readonly ref: string; readonly request: AccessRequest },
  written: boolean,
): void {
  const { ref, request } = wish;
  const device = step.state.devices.get(request.device);
  if (written && device !== undefined) keepRequest(device, request, step.now);
  if (!step.state.links.has(wish.link)) return;
  const result = written
    ? ({ result: "waiting", request: request.id } as const)
    : ({ result: "refused", why: "the controller could not keep it" } as const);
  const message = { kind: "accessAnswer", ref, ...result } as const;
  step.effects.push({ kind: "send", link: wish.link, message });
}
