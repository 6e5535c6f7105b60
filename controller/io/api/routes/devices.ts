import { z } from "zod";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { requireDevice, requireIdentity, takeStep, tellCore } from "../identity-step.ts";
import { deviceChange, keyParams, pageQuery, recheckOrder } from "../schemas.ts";
import { decisionView, deviceView, timeText } from "../views.ts";

const stepParams = keyParams.extend({
  step: z.enum(["approve", "quarantine", "release", "revoke"]),
});

/** Routes of devices; steps take gateways too, since people think of both as machines. */
export function addDeviceRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/devices", { schema: { querystring: pageQuery } }, async (request) => {
    const devices = await context.store.read("device.list", request.query);
    const next = devices.length === request.query.limit ? (devices.at(-1)?.name ?? null) : null;
    return { items: devices.map((device) => deviceView(context, device)), nextAfter: next };
  });
  server.get("/devices/:key", { schema: { params: keyParams } }, async (request) =>
    deviceDetail(context, request.params.key),
  );
  const change = { schema: { params: keyParams, body: deviceChange } };
  server.patch("/devices/:key", change, async (request) => {
    const { id } = await requireDevice(context, request.params.key);
    const audit = auditOf(context, request, { action: "device apply", subject: id });
    const after = await context.store.write("device.apply", { id, ...request.body, audit });
    tellCore(context, after);
    return after.role === "device" ? deviceView(context, after) : after;
  });
  const recheck = { schema: { params: keyParams, body: recheckOrder } };
  server.post("/devices/:key/recheck", recheck, async (request) => {
    const { id } = await requireDevice(context, request.params.key);
    return { id, asked: context.control.recheck(id, request.body.signals) };
  });
  server.post("/identities/:key/:step", { schema: { params: stepParams } }, async (request) => {
    const { key, step } = request.params;
    const identity = await requireIdentity(context, key);
    const { id, name, role, status } = await takeStep(context, request, { step, identity });
    return { id, name, role, status };
  });
}

async function deviceDetail(context: ApiContext, key: string) {
  const device = await requireDevice(context, key);
  const resources = await context.store.read("resource.list", undefined);
  const names = new Map(resources.map((resource) => [resource.id, resource.name]));
  const facts = context.control.facts(device.id).map(({ held }) => ({
    signal: held.fact.signal,
    reading: held.fact.reading,
    source: held.fact.source,
    observedAt: timeText(held.fact.observedAt),
    freshUntilAt: timeText(held.untilAt),
  }));
  const access = (context.control.explain(device.id) ?? []).map(({ decision, explanation }) => ({
    ...decisionView(decision, {
      device: device.name,
      resource: names.get(decision.resource) ?? null,
    }),
    reasons: explanation.reasons,
    fixes: explanation.fixes,
  }));
  return { ...deviceView(context, device), facts, access };
}
