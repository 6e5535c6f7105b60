import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { tagAnswer, wantedRevision } from "../entity-tag.ts";
import {
  askAgain,
  closing,
  requireDevice,
  requireIdentity,
  takeStep,
  tellCore,
} from "../identity-step.ts";
import { withEffect } from "../step-effect.ts";
import { deviceChange, deviceQuery, keyParams, recheckOrder } from "#shared/protocol/api/order.ts";
import { statusSteps } from "../../store/operations/identity-status.ts";
import { decisionView, deviceView, timeText } from "../views.ts";

const read = { config: { needs: "read" } } as const;

/** Routes of devices; steps take gateways too, since people think of both as machines. */
export function addDeviceRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/devices", { ...read, schema: { querystring: deviceQuery } }, async (request) => {
    const { status, ...page } = request.query;
    const which =
      status === "clear" || status === "closed" || status === "away"
        ? { ids: context.fleet.census().active[status] }
        : { status };
    const devices = await context.store.read("device.list", { ...page, ...which });
    const next = devices.length === page.limit ? (devices.at(-1)?.name ?? null) : null;
    return { items: devices.map((device) => deviceView(context, device)), nextAfter: next };
  });
  server.get(
    "/devices/:key",
    { ...read, schema: { params: keyParams } },
    async (request, reply) => {
      const detail = await deviceDetail(context, request.params.key);
      await tagAnswer(context, reply, { table: "device", id: detail.id });
      return detail;
    },
  );
  const change = {
    config: { needs: "administer" },
    schema: { params: keyParams, body: deviceChange },
  } as const;
  server.patch("/devices/:key", change, async (request, reply) => {
    const { id } = await requireDevice(context, request.params.key);
    const audit = auditOf(context, request, { action: "device apply", subject: id });
    const order = { id, ...request.body, ifRevision: wantedRevision(request), audit };
    const after = await context.store.write("device.apply", order);
    tellCore(context, after);
    await tagAnswer(context, reply, { table: "device", id });
    return deviceView(context, await requireDevice(context, id));
  });
  const recheck = {
    config: { needs: "operate" },
    schema: { params: keyParams, body: recheckOrder },
  } as const;
  server.post("/devices/:key/recheck", recheck, (request) =>
    withEffect(context, async () => {
      const { id } = await requireDevice(context, request.params.key);
      return { id, asked: await askAgain(context, request, { id, ...request.body }) };
    }),
  );
  for (const step of statusSteps) {
    // The help desk may close; what opens again is for administrators.
    const config = { needs: closing.includes(step) ? "operate" : "administer" } as const;
    const options = { config, schema: { params: keyParams } };
    server.post(`/identities/:key/${step}`, options, (request) =>
      withEffect(context, async (follow) => {
        const identity = await requireIdentity(context, request.params.key);
        const order = { step, identity, follow };
        const { id, name, role, status } = await takeStep(context, request, order);
        return { id, name, role, status };
      }),
    );
  }
}

async function deviceDetail(context: ApiContext, key: string) {
  const device = await requireDevice(context, key);
  const resources = await context.store.read("resource.list", undefined);
  const names = new Map(resources.map((resource) => [resource.id, resource.name]));
  const nowAt = context.clock.nowAt();
  const facts = context.control.facts(device.id).map(({ held }) => ({
    signal: held.fact.signal,
    reading: held.fact.reading,
    source: held.fact.source,
    collector: held.fact.collector,
    observedAt: timeText(held.fact.observedAt),
    freshUntilAt: timeText(held.untilAt),
    stale: held.untilAt <= nowAt,
  }));
  const access = (context.control.explain(device.id) ?? []).map(({ decision, explanation }) => ({
    ...decisionView(decision, {
      device: device.name,
      resource: names.get(decision.resource) ?? null,
    }),
    reasons: explanation.reasons,
    fixes: explanation.fixes,
  }));
  const told = await context.store.read("inventory.find", device.id);
  const inventory =
    told === null ? null : { receivedAt: timeText(told.receivedAt), items: told.items };
  const levels = context.fleet
    .levels(device.id)
    .map(({ until, ...level }) => ({ ...level, untilAt: timeText(until) }));
  const cut = context.lastCut(device.id);
  const lastCut = cut === null ? null : { at: timeText(cut.at), tookMs: Math.round(cut.tookMs) };
  return { ...deviceView(context, device), facts, levels, access, lastCut, inventory };
}
