import { settingsChange } from "#shared/protocol/api/order.ts";
import { retentionKey, retentionOf } from "../../store/retention-days.ts";
import { controllerVersion } from "../../version.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { contentTag, requireContent } from "../entity-tag.ts";
import { readChangeRules } from "../policy/rules.ts";
import { makeTurns } from "../turns.ts";

/** Routes of what holds for the controller as a whole. */
export function addSettingRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/settings", { config: { needs: "read" } }, async (_, reply) => {
    const shown = await settingsShown(context);
    void reply.header("etag", contentTag(shown.retention));
    return shown;
  });
  const change = { config: { needs: "administer" }, schema: { body: settingsChange } } as const;
  const inTurn = makeTurns();
  server.patch("/settings", change, (request, reply) =>
    inTurn(async () => {
      const { retention: before } = await settingsShown(context);
      requireContent(request, "settings", before);
      const audit = auditOf(context, request, { action: "settings change", subject: retentionKey });
      const value = request.body.retention;
      await context.store.write("setting.change", { key: retentionKey, value, before, audit });
      void reply.header("etag", contentTag(value));
      return settingsShown(context);
    }),
  );
}

async function settingsShown(context: ApiContext) {
  const { trustDomain, agentsUrl, rootPin, network, store } = context;
  const { pool4, pool6, mtu, extraProtected } = network;
  const { secondApprover } = await readChangeRules(context);
  return {
    version: controllerVersion,
    trustDomain,
    agentsUrl,
    rootPin,
    network: { pool4, pool6, mtu, extraProtected },
    secondApprover,
    retention: retentionOf(await store.read("setting.list", undefined)),
  };
}
