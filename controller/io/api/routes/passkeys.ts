import type { FastifyReply } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import {
  newPasskey,
  newSetUpLink,
  passkeyParams,
  passkeyUse,
  setUpBegin,
  setUpEnd,
} from "#shared/protocol/api/passkey.ts";
import type { PasskeyDesk } from "../../passkey/passkey-desk.ts";
import type { SessionDraft } from "../../store/operations/session.ts";
import type { HeldPasskey } from "../../store/queries/passkey.ts";
import { setUpLinkMs, tokenHash } from "../../token/token.ts";
import { permits } from "../../../core/role.ts";
import type { Actor } from "../actor.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import type { Guard } from "../guard.ts";
import { cookieOf, makeSessionSecret, sessionMs } from "../session-cookie.ts";
import { sessionView } from "../session-view.ts";
import { timeText } from "../views.ts";

/** Routes of passkeys: becoming an administrator by a link, signing in, and one's own passkeys. */
export function addPasskeyRoutes(server: ApiServer, context: ApiContext, guard: Guard): void {
  const { passkeys } = context.signIn;
  addSetUp(server, context, guard);
  const open = { config: { needs: "none" } } as const;
  server.post("/session/passkey/options", open, (request) => {
    guard.attempt(request);
    return passkeys.request("sign-in");
  });
  const use = { ...open, schema: { body: passkeyUse } } as const;
  server.post("/session/passkey", use, async (request, reply) => {
    const { credential } = request.body;
    const [key] = await context.store.read("passkey.list", { id: credential.id });
    if (key === undefined) throw guard.failure(request);
    const counter = await passkeys.used("sign-in", credential, { ...key, transports: [] });
    const { secret, session } = newSession(context);
    if (!(await context.store.write("passkey.use", { id: key.id, counter, session }))) {
      throw guard.failure(request);
    }
    return answerSession(context, reply, { secret, session });
  });
  addOwn(server, context, passkeys);
}

function addSetUp(server: ApiServer, context: ApiContext, guard: Guard): void {
  const { passkeys, address } = context.signIn;
  const begin = { config: { needs: "none" }, schema: { body: setUpBegin } } as const;
  server.post("/session/set-up/options", begin, async (request) => {
    const hash = tokenHash(request.body.link);
    const search = { hash, nowAt: context.clock.nowAt() };
    if (!(await context.store.read("set_up_link.live", search))) throw guard.failure(request);
    return passkeys.creation(`set-up ${hash}`, { name: request.body.name, held: [] });
  });
  const end = { config: { needs: "none" }, schema: { body: setUpEnd } } as const;
  server.post("/session/set-up", end, async (request, reply) => {
    const { link, name, credential } = request.body;
    const hash = tokenHash(link);
    const key = await passkeys.created(`set-up ${hash}`, credential);
    const { secret, session } = newSession(context);
    const admin = { id: newId(context, "adm"), name };
    const order = { link: hash, admin, passkey: { ...key, name: "first" }, session };
    if (!(await context.store.write("passkey.set_up", order))) throw guard.failure(request);
    return answerSession(context, reply, { secret, session });
  });
  const invite = { config: { needs: "administer" }, schema: { body: newSetUpLink } } as const;
  server.post("/session/set-up-links", invite, async (request, reply) => {
    const secret = makeSessionSecret();
    const { role } = request.body;
    const audit = auditOf(context, request, { action: "sign-in link", subject: `set-up ${role}` });
    const expiresAt = audit.at + setUpLinkMs;
    const order = { hash: tokenHash(secret), role, expiresAt, audit };
    await context.store.write("passkey.link", order);
    const url = `${address.origin()}/#set-up=${secret}`;
    return reply.status(201).send({ url, expiresAt: timeText(expiresAt) });
  });
}

function addOwn(server: ApiServer, context: ApiContext, passkeys: PasskeyDesk): void {
  const config = { needs: "read" } as const;
  const held = (admin: string) => context.store.read("passkey.list", { admin });
  server.get("/passkeys", { config }, async ({ actor }) => {
    const all = permits(actor.role, "administer");
    const items = await context.store.read("passkey.list", all ? {} : { admin: actor.admin });
    return { items: items.map(shown) };
  });
  server.post("/passkeys/options", { config }, async ({ actor }) => {
    requireOwnSignIn(actor);
    const ids = (await held(actor.admin)).map(({ id }) => id);
    return passkeys.creation(`add ${actor.admin}`, { name: actor.name, held: ids });
  });
  const add = { config, schema: { body: newPasskey } } as const;
  server.post("/passkeys", add, async (request, reply) => {
    requireOwnSignIn(request.actor);
    const { admin } = request.actor;
    const { name, credential } = request.body;
    const key = await passkeys.created(`add ${admin}`, credential);
    const audit = auditOf(context, request, { action: "passkey add", subject: key.id });
    await context.store.write("passkey.add", { admin, passkey: { ...key, name }, audit });
    const [made] = await context.store.read("passkey.list", { id: key.id });
    return reply.status(201).send(made === undefined ? undefined : shown(made));
  });
  const remove = { config, schema: { params: passkeyParams } } as const;
  server.post("/passkeys/:key/remove", remove, async (request) => {
    const { key } = request.params;
    const { actor } = request;
    const administers = permits(actor.role, "administer");
    if (!administers) requireOwnSignIn(actor);
    // Whoever administers takes away anybody's, down to the last one.
    const others = administers && !(await holds(held(actor.admin), key));
    const audit = auditOf(context, request, { action: "passkey remove", subject: key });
    await context.store.write("passkey.remove", { owner: others ? null : actor.admin, audit });
    return { id: key, state: "removed" };
  });
}

/** A token may do less than its administrator, and a passkey does all that its administrator may. */
function requireOwnSignIn({ token }: Actor): void {
  if (token === null) return;
  const why = "passkeys are for whoever signed in by one; a token changes none";
  throw new CodedError("SP-705", { why });
}

async function holds(own: Promise<readonly HeldPasskey[]>, key: string): Promise<boolean> {
  return (await own).some(({ id }) => id === key);
}

interface OpenedSession {
  readonly secret: string;
  readonly session: SessionDraft;
}

function newSession(context: ApiContext): OpenedSession {
  const at = context.clock.nowAt();
  const secret = makeSessionSecret();
  const id = newId(context, "ses");
  return { secret, session: { hash: tokenHash(secret), id, expiresAt: at + sessionMs, at } };
}

async function answerSession(
  context: ApiContext,
  reply: FastifyReply,
  { secret, session }: OpenedSession,
) {
  const { hash, at: nowAt } = session;
  const live = await context.store.read("session.live", { hash, nowAt });
  if (live === null) throw new Error("the session that was opened is not there");
  void reply.header("set-cookie", cookieOf(secret));
  return sessionView(context, live);
}

function shown({ id, name, adminName: admin, backedUp, ...times }: HeldPasskey) {
  const { createdAt, lastUsedAt } = times;
  const at = { createdAt: timeText(createdAt), lastUsedAt: timeText(lastUsedAt) };
  return { id, name, admin, backedUp, ...at };
}
