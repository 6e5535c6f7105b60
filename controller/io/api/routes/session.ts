import type { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { signIn } from "#shared/protocol/api/order.ts";
import type { NewSession } from "../../store/operations/session.ts";
import { findToken, tokenHash } from "../../token/token.ts";
import type { Actor } from "../actor.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import type { Guard } from "../guard.ts";
import { cookieOf, endedCookie, makeSessionSecret, sessionMs } from "../session-cookie.ts";
import { type SessionHolder, sessionView } from "../session-view.ts";
import { timeText } from "../views.ts";

const linkMs = 15 * 60_000;

/** Routes of sign-ins to the console. */
export function addSessionRoutes(server: ApiServer, context: ApiContext, guard: Guard): void {
  const open = { config: { needs: "none" }, schema: { body: signIn } } as const;
  server.post("/session", open, async (request, reply) => {
    const at = context.clock.nowAt();
    const by = await proofOf(context, request.body);
    const secret = makeSessionSecret();
    const hash = tokenHash(secret);
    const session = { hash, id: newId(context, "ses"), expiresAt: at + sessionMs, at };
    const opened = by !== null && (await context.store.write("session.open", { ...session, by }));
    const live = opened ? await context.store.read("session.live", { hash, nowAt: at }) : null;
    if (live === null) throw guard.failure(request);
    void reply.header("set-cookie", cookieOf(secret));
    return sessionView(context, live);
  });
  const read = { config: { needs: "read" } } as const;
  server.get("/session", read, (request) =>
    Promise.resolve(sessionView(context, holderOf(request.actor))),
  );
  // Said by the page while somebody uses it: what it asks by itself keeps no session open.
  server.post("/session/activity", read, async (request) => {
    const holder = holderOf(request.actor);
    const { session } = request.actor;
    if (session === null) return sessionView(context, holder);
    const activeAt = context.clock.nowAt();
    await context.store.write("session.use", { id: session.id, at: activeAt });
    return sessionView(context, { ...holder, activeAt });
  });
  server.post("/session/end", read, async (request, reply) => {
    const { session } = request.actor;
    if (session === null) {
      throw new CodedError("SP-705", { why: "a token is no session; revoke it instead" });
    }
    const audit = auditOf(context, request, { action: "sign-in end", subject: session.id });
    await context.store.write("session.end", audit);
    void reply.header("set-cookie", endedCookie);
    return { signedOut: true };
  });
  server.post("/session/links", read, async (request, reply) => {
    const secret = makeSessionSecret();
    const { token } = request.actor;
    if (token === null) {
      throw new CodedError("SP-705", { why: "a link needs a token; this session has none" });
    }
    const audit = auditOf(context, request, { action: "sign-in link", subject: token });
    const expiresAt = audit.at + linkMs;
    await context.store.write("session.link", { hash: tokenHash(secret), token, expiresAt, audit });
    // Behind the hash, so that it reaches no log and no referrer.
    const url = `${request.protocol}://${request.host}/#sign-in=${secret}`;
    return reply.status(201).send({ url, expiresAt: timeText(expiresAt) });
  });
}

function holderOf({ name: adminName, role, session }: Actor): SessionHolder {
  const { expiresAt = null, activeAt = null } = session ?? {};
  return { adminName, role, expiresAt, activeAt };
}

/** Returns what stands for a session, or null where nobody knows the token. */
async function proofOf(
  context: ApiContext,
  body: z.output<typeof signIn>,
): Promise<NewSession["by"] | null> {
  if ("link" in body) return { link: tokenHash(body.link) };
  const live = await context.store.read("token.live", context.clock.nowAt());
  const token = findToken(body.token, live);
  return token === null ? null : { token: token.name };
}
