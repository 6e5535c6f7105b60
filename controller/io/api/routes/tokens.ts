import { CodedError } from "#shared/base/coded-error.ts";
import { makeToken, tokenHash } from "../../token/token.ts";
import type { TokenView } from "../../store/queries/token.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import { keyParams, newToken } from "#shared/protocol/api/order.ts";
import { timeText } from "../views.ts";

/** Routes of administrators' tokens; the text of a token is answered once and never kept. */
export function addTokenRoutes(server: ApiServer, context: ApiContext): void {
  const config = { needs: "administer" } as const;
  server.get("/tokens", { config }, async () => {
    const tokens = await context.store.read("token.list", undefined);
    return { items: tokens.map((token) => tokenView(token, context.clock.nowAt())) };
  });
  server.post("/tokens", { config, schema: { body: newToken } }, async (request, reply) => {
    const { name, role, admin = name, validForSeconds } = request.body;
    const text = makeToken();
    const token = {
      id: newId(context, "tok"),
      name,
      admin: { id: newId(context, "adm"), name: admin },
      role,
      tokenHash: tokenHash(text),
      expiresAt: context.clock.nowAt() + validForSeconds * 1000,
    };
    const audit = auditOf(context, request, { action: "token create", subject: token.id });
    await context.store.write("token.create", { token, audit });
    const { id, expiresAt } = token;
    const shown = { id, name, admin, role, expiresAt: timeText(expiresAt) };
    return reply.status(201).send({ ...shown, token: text });
  });
  const revoke = { config, schema: { params: keyParams } };
  server.post("/tokens/:key/revoke", revoke, async (request) => {
    const { key } = request.params;
    const tokens = await context.store.read("token.list", undefined);
    const token = tokens.find(
      ({ id, name, revokedAt }) => id === key || (name === key && revokedAt === null),
    );
    if (token === undefined) throw new CodedError("SP-702", { what: "token", name: key });
    const audit = auditOf(context, request, { action: "token revoke", subject: token.id });
    await context.store.write("token.revoke", audit);
    return { id: token.id, name: token.name, state: "revoked" };
  });
}

function tokenView(token: TokenView, nowAt: number) {
  const { createdAt, expiresAt, revokedAt, adminName: admin, ...shown } = token;
  return {
    ...shown,
    admin,
    state: stateOf(token, nowAt),
    createdAt: timeText(createdAt),
    expiresAt: timeText(expiresAt),
    revokedAt: timeText(revokedAt),
  };
}

function stateOf({ expiresAt, revokedAt }: TokenView, nowAt: number): string {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= nowAt ? "expired" : "live";
}
