import { z } from "zod";
import { name } from "#shared/protocol/atoms.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import { siteContent } from "../schemas.ts";

/** Routes of sites. */
export function addSiteRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/sites", async () => ({
    items: await context.store.read("site.list", undefined),
  }));
  const params = z.strictObject({ name });
  server.put("/sites/:name", { schema: { params, body: siteContent } }, async (request) => {
    const { name } = request.params;
    const record = { id: newId(context, "sit"), name, ...request.body };
    const audit = auditOf(context, request, { action: "site apply", subject: name });
    const after = await context.store.write("site.apply", { record, audit });
    context.control.changed([{ kind: "site", record: after }]);
    return after;
  });
}
