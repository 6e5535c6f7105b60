import type { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import type { AccessRequest } from "../../../core/elevation/access-request.ts";
import { newAccessRequest } from "../../../core/elevation/new-access-request.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import { requireDevice } from "../identity-step.ts";
import { namesOf } from "../names.ts";
import { withEffect } from "../step-effect.ts";
import { keyParams, newRequest } from "#shared/protocol/api/order.ts";
import { timeText } from "../views.ts";

const steps = { approve: "approve", deny: "approve", end: "operate" } as const;

/** Routes of requests for time-boxed access. */
export function addRequestRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/requests", { config: { needs: "read" } }, async () => {
    const requests = await context.store.read("access_request.list", undefined);
    return { items: await withNames(context, requests) };
  });
  const make = { config: { needs: "operate" }, schema: { body: newRequest } } as const;
  server.post("/requests", make, async (request, reply) => {
    const { body, actor } = request;
    const made = await requestOf(context, body, actor);
    const audit = auditOf(context, request, { action: "request create", subject: made.id });
    await context.store.write("access_request.make", { request: made, audit });
    context.control.changed([{ kind: "accessRequest", record: made }]);
    return reply.status(201).send((await withNames(context, [made]))[0]);
  });
  for (const step of ["approve", "deny", "end"] as const) {
    const options = { config: { needs: steps[step] }, schema: { params: keyParams } };
    server.post(`/requests/:key/${step}`, options, (request) => {
      const { admin: id, name: adminName, credential } = request.actor;
      const order = {
        id: request.params.key,
        step,
        admin: { id, name: adminName },
        credential,
        audit: auditOf(context, request, { action: `request ${step}`, subject: "" }),
      };
      return withEffect(context, async (follow) => {
        const record = await context.store.write("access_request.step", order);
        follow(() => context.control.changed([{ kind: "accessRequest", record }]));
        return { ...(await withNames(context, [record]))[0] };
      });
    });
  }
}

async function requestOf(
  context: ApiContext,
  body: z.output<typeof newRequest>,
  actor: { readonly admin: string; readonly name: string },
): Promise<AccessRequest> {
  const device = await requireDevice(context, body.device);
  const resources = await context.store.read("resource.list", undefined);
  const resource = resources.find((one) => one.name === body.resource);
  if (resource === undefined) {
    throw new CodedError("SP-702", { what: "resource", name: body.resource });
  }
  const explained = context.control.explain(device.id) ?? [];
  const found = explained.find(({ decision }) => decision.resource === resource.id);
  const reasons = found?.decision.unmet.map(({ reason }) => reason) ?? [];
  const made = newAccessRequest(reasons, {
    id: newId(context, "req"),
    device: device.id,
    resource: resource.id,
    reason: body.reason,
    seconds: body.seconds,
    role: body.role,
    requestedBy: actor.admin,
    requestedByName: actor.name,
    at: context.clock.nowAt(),
  });
  if (made !== null) return made;
  const why = `no rule opens \`${resource.name}\` for \`${device.name}\` by an approval`;
  throw new CodedError("SP-705", { why });
}

async function withNames(context: ApiContext, requests: readonly AccessRequest[]) {
  const names = await namesOf(context, requests);
  const nowAt = context.clock.nowAt();
  return requests.map(({ at, sinceAt, untilAt, approvals, ...shown }) => ({
    ...shown,
    state: shown.status === "approved" && (untilAt ?? 0) <= nowAt ? "over" : shown.status,
    deviceName: names.device(shown.device),
    resourceName: names.resource(shown.resource),
    at: timeText(at),
    sinceAt: timeText(sinceAt),
    untilAt: timeText(untilAt),
    approvals: approvals.map((approval) => ({ ...approval, at: timeText(approval.at) })),
  }));
}
