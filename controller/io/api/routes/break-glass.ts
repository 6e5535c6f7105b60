import { CodedError } from "#shared/base/coded-error.ts";
import { spiffeOf } from "#shared/base/spiffe.ts";
import { breakGlassKey } from "#shared/protocol/trust.ts";
import { isVouched } from "../../break-glass/break-glass-key.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { requireIdentity } from "../identity-step.ts";
import { keyParams } from "#shared/protocol/api/order.ts";
import { timeText } from "../views.ts";

/** Routes of break-glass: whose keys count, what a file must name, and what was opened by one. */
export function addBreakGlassRoutes(server: ApiServer, context: ApiContext): void {
  const read = { config: { needs: "read" } } as const;
  server.get("/break-glass", read, async () => {
    const rows = await context.store.read("break_glass.list", undefined);
    return {
      items: rows.map(
        ({ gateway, reportedAt, opening: { openedAtSeconds, untilSeconds, ...shown } }) => ({
          ...shown,
          gateway,
          openedAt: timeText(openedAtSeconds * 1_000),
          untilAt: timeText(untilSeconds * 1_000),
          reportedAt: timeText(reportedAt),
        }),
      ),
    };
  });
  server.get("/break-glass/keys", read, async () => ({
    items: await context.store.read("break_glass.keys", undefined),
    rootPem: context.rootPem,
  }));
  server.get("/break-glass/cards/:key", { ...read, schema: { params: keyParams } }, (request) =>
    cardOf(context, request.params.key),
  );
  const register = { config: { needs: "administer" }, schema: { body: breakGlassKey } } as const;
  server.post("/break-glass/keys", register, async (request, reply) => {
    const key = request.body;
    if (!isVouched(key, context.rootPem)) {
      throw new CodedError("SP-703", { why: "the root key of this controller did not sign it" });
    }
    const audit = auditOf(context, request, { action: "break-glass register", subject: key.kid });
    await context.store.write("break_glass.register", { key, audit });
    await context.keys.distribute();
    return reply.status(201).send(key);
  });
  const revoke = { config: { needs: "administer" }, schema: { params: keyParams } } as const;
  server.post("/break-glass/keys/:key/revoke", revoke, async (request) => {
    const wanted = request.params.key;
    const keys = await context.store.read("break_glass.keys", undefined);
    const key = keys.find(({ kid, holder }) => kid === wanted || holder === wanted);
    if (key === undefined)
      throw new CodedError("SP-702", { what: "break-glass key", name: wanted });
    const audit = auditOf(context, request, { action: "break-glass revoke", subject: key.kid });
    await context.store.write("break_glass.revoke", audit);
    await context.keys.distribute();
    return { kid: key.kid, holder: key.holder, state: "revoked" };
  });
}

/** What a file must name of a device or a gateway; kept beside the keys for the day it is needed. */
async function cardOf(context: ApiContext, key: string) {
  const identity = await requireIdentity(context, key);
  const { id, name, role, wgPublicKey, address4, address6 } = identity;
  const spiffe = spiffeOf(context.trustDomain, { role, id });
  if (role === "gateway") return { kind: role, name, spiffe };
  return {
    kind: role,
    name,
    spiffe,
    publicKey: wgPublicKey,
    addresses: [`${address4}/32`, `${address6}/128`],
  };
}
