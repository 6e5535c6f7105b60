/** Access requests that devices send: taken, kept, answered. */
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";
import type { Step } from "../context.ts";
import type { Link } from "../session/link.ts";
import type { DeviceState } from "../state.ts";
import type { AccessRequest } from "./access-request.ts";
import { keepRequest } from "./elevations.ts";
import { newAccessRequest } from "./new-access-request.ts";

const pendingMax = 10;

/** Takes the request of a device; it is answered when it is durable. */
export function takeAccessRequest(
  step: Step,
  asker: { readonly link: Link; readonly device: DeviceState },
  asked: AgentMessageOf<"accessRequest">,
): void {
  const { link, device } = asker;
  const { ref } = asked;
  const refuse = (why: string) => {
    const message = { kind: "accessAnswer", ref, result: "refused", why } as const;
    step.effects.push({ kind: "send", link: link.id, message });
  };
  const resource = [...step.state.resources.values()].find(({ name }) => name === asked.resource);
  const decision = device.decisions.get(resource?.id ?? "");
  const request = newAccessRequest(decision?.unmet.map(({ reason }) => reason) ?? [], {
    id: step.context.newId("req", step.now),
    device: device.record.id,
    resource: resource?.id ?? "",
    reason: asked.reason,
    seconds: asked.seconds,
    requestedBy: device.record.id,
    requestedByName: device.record.name,
    at: step.now,
  });
  if (request === null) {
    return refuse(`no rule opens ${asked.resource} for this device by an approval`);
  }
  const pending = [...device.requests.values()].filter(
    ({ request }) => request.status === "pending",
  );
  if (pending.length >= pendingMax) return refuse("too many requests of this device wait already");
  const token = step.state.nextToken++;
  step.state.awaiting.set(token, { kind: "accessRequest", link: link.id, ref, request });
  step.effects.push({
    kind: "write",
    token,
    writes: [{ kind: "accessRequest", request, actor: device.record.id, action: "request create" }],
  });
}

/** Answers a request once the disk has spoken. */
export function answerAccessRequest(
  step: Step,
  asked: { readonly link: number; readonly ref: string; readonly request: AccessRequest },
  written: boolean,
): void {
  const { ref, request } = asked;
  const device = step.state.devices.get(request.device);
  if (written && device !== undefined) keepRequest(device, request, step.now);
  if (!step.state.links.has(asked.link)) return;
  const result = written
    ? ({ result: "waiting", request: request.id } as const)
    : ({ result: "refused", why: "the controller could not keep it" } as const);
  const message = { kind: "accessAnswer", ref, ...result } as const;
  step.effects.push({ kind: "send", link: asked.link, message });
}
