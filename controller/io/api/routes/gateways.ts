import { CodedError } from "#shared/base/coded-error.ts";
import type { SealedGateway } from "../../store/record.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { tagAnswer, wantedRevision } from "../entity-tag.ts";
import { tellCore } from "../identity-step.ts";
import { gatewayChange, keyParams } from "#shared/protocol/api/order.ts";
import { gatewayView } from "../views.ts";

/** Routes of gateways; one that never enrolled cannot be applied. */
export function addGatewayRoutes(server: ApiServer, context: ApiContext): void {
  const config = { needs: "read" } as const;
  server.get("/gateways", { config }, async () => {
    const gateways = await context.store.read("gateway.list", undefined);
    const siteNames = await siteNamesOf(context);
    return { items: gateways.map((gateway) => namedView(context, gateway, siteNames)) };
  });
  server.get(
    "/gateways/:key",
    { config, schema: { params: keyParams } },
    async (request, reply) => {
      const gateway = await requireGateway(context, request.params.key);
      await tagAnswer(context, reply, { table: "gateway", id: gateway.id });
      return namedView(context, gateway, await siteNamesOf(context));
    },
  );
  const change = {
    config: { needs: "administer" },
    schema: { params: keyParams, body: gatewayChange },
  } as const;
  server.patch("/gateways/:key", change, async (request, reply) => {
    const { id } = await requireGateway(context, request.params.key);
    const audit = auditOf(context, request, { action: "gateway apply", subject: id });
    const order = { id, ...request.body, ifRevision: wantedRevision(request), audit };
    const after = await context.store.write("gateway.apply", order);
    tellCore(context, after);
    await tagAnswer(context, reply, { table: "gateway", id });
    return namedView(context, await requireGateway(context, id), await siteNamesOf(context));
  });
}

function namedView(
  context: ApiContext,
  gateway: SealedGateway,
  siteNames: ReadonlyMap<string, string>,
) {
  const view = gatewayView(context, gateway);
  return { ...view, site: siteNames.get(view.site) ?? view.site };
}

async function requireGateway(context: ApiContext, key: string): Promise<SealedGateway> {
  const gateway = await context.store.read("gateway.find", key);
  if (gateway === null) throw new CodedError("SP-702", { what: "gateway", name: key });
  return gateway;
}

async function siteNamesOf(context: ApiContext): Promise<ReadonlyMap<string, string>> {
  const sites = await context.store.read("site.list", undefined);
  return new Map(sites.map((site) => [site.id, site.name]));
}
