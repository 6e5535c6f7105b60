import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { name } from "#shared/protocol/atoms.ts";
import type { SiteRecord } from "../../../core/record.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import { tagAnswer, wantedRevision } from "../entity-tag.ts";
import { withEffect } from "../step-effect.ts";
import { dryRunQuery, siteContent } from "#shared/protocol/api/order.ts";

/** Routes of sites. */
export function addSiteRoutes(server: ApiServer, context: ApiContext): void {
  const config = { needs: "read" } as const;
  server.get("/sites", { config }, async () => ({
    items: await context.store.read("site.list", undefined),
  }));
  const params = z.strictObject({ name });
  server.get("/sites/:name", { config, schema: { params } }, async (request, reply) => {
    const site = await requireSite(context, request.params.name);
    await tagAnswer(context, reply, { table: "site", id: site.id });
    return site;
  });
  const apply = { config: { needs: "administer" }, schema: { params, body: siteContent } } as const;
  server.put("/sites/:name", apply, async (request, reply) => {
    const { name } = request.params;
    const record = { id: newId(context, "sit"), name, ...request.body };
    const audit = auditOf(context, request, { action: "site apply", subject: name });
    const ifRevision = wantedRevision(request);
    const after = await context.store.write("site.apply", { record, ifRevision, audit });
    context.control.changed([{ kind: "site", record: after }]);
    await tagAnswer(context, reply, { table: "site", id: after.id });
    return after;
  });
  const remove = {
    config: { needs: "administer" },
    schema: { params, querystring: dryRunQuery },
  } as const;
  server.delete("/sites/:name", remove, (request) =>
    withEffect(context, async (follow) => {
      const { id, name } = await requireSite(context, request.params.name);
      const { dryRun } = request.query;
      const audit = auditOf(context, request, { action: "site remove", subject: id });
      const order = { id, ifRevision: wantedRevision(request), dryRun, audit };
      await context.store.write("site.remove", order);
      if (!dryRun) follow(() => context.control.changed([{ kind: "siteRemoved", id }]));
      return { id, name };
    }),
  );
}

async function requireSite(context: ApiContext, name: string): Promise<SiteRecord> {
  const sites = await context.store.read("site.list", undefined);
  const site = sites.find((one) => one.name === name);
  if (site === undefined) throw new CodedError("SP-702", { what: "site", name });
  return site;
}
