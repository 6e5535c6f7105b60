import type { FastifyReply, FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import { signInOrder } from "#shared/protocol/api/sign-in.ts";
import type { Arrival } from "../../sign-in/sign-in-desk.ts";
import {
  roleOf,
  sealSecret,
  shownSignIn,
  type StoredSignIn,
} from "../../sign-in/sign-in-settings.ts";
import { tokenHash } from "../../token/token.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import type { Guard } from "../guard.ts";
import { apiPrefix } from "../route-contract.ts";
import { errorRefOf } from "../problem.ts";
import { cookieOf, makeSessionSecret, sessionMs } from "../session-cookie.ts";
import { openOnDevice } from "./device-sign-in.ts";
import { endedJourneyCookie, journeyCookieOf, journeySecretOf } from "../journey-cookie.ts";

const callbackPath = "/session/provider/callback";

/** Routes of sign-ins by an identity provider, and of how that is set. */
export function addSignInRoutes(server: ApiServer, context: ApiContext, guard: Guard): void {
  const { desk, address } = context.signIn;
  const redirectUri = () => `${address.origin()}${apiPrefix}${callbackPath}`;
  const open = { config: { needs: "none" } } as const;
  server.get("/session/ways", open, async () => ({
    provider: (await desk.settings()) !== null,
    origin: address.origin(),
  }));
  server.post("/session/provider", open, async (request, reply) => {
    guard.attempt(request);
    const demand = { acrValues: [], maxAgeSeconds: null };
    const order = { redirectUri: redirectUri(), purpose: { kind: "console" }, demand } as const;
    const { url, browserSecret } = await desk.depart(order);
    void reply.header("set-cookie", journeyCookieOf(browserSecret));
    return { url };
  });
  const back = { config: { needs: "none", fromElsewhere: true } } as const;
  server.get(callbackPath, back, async (request, reply) => {
    guard.attempt(request);
    void reply.header("set-cookie", endedJourneyCookie);
    return reply.redirect(await landing(context, request, reply), 303);
  });
  server.get("/sign-in", { config: { needs: "read" } }, async () => {
    const held = await desk.settings();
    if (held === null) throw new CodedError("SP-720");
    return { ...shownSignIn(held), redirectUri: redirectUri() };
  });
  const apply = { config: { needs: "administer" }, schema: { body: signInOrder } } as const;
  server.put("/sign-in", apply, async (request) => {
    const { clientSecret, ...wanted } = request.body;
    const held = await desk.settings();
    const kept = held?.issuer === wanted.issuer ? held.sealedSecret : null;
    const sealedSecret =
      clientSecret === undefined ? kept : sealSecret(context.sealing, clientSecret);
    const value: StoredSignIn = { ...wanted, sealedSecret };
    await desk.tryOut(value);
    const audit = auditOf(context, request, { action: "sign-in apply", subject: wanted.issuer });
    await context.store.write("sign_in.apply", { value, audit });
    return { ...shownSignIn(value), redirectUri: redirectUri() };
  });
}

/** Returns where the browser goes on: only ever to a page of ours. */
async function landing(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  try {
    // Only the query counts: the address itself is the one that was sent out.
    const callback = new URL(request.url, context.signIn.address.origin());
    const secret = journeySecretOf(request.headers.cookie);
    const arrival = await context.signIn.desk.arrive(callback, secret);
    const { purpose } = arrival;
    if (purpose.kind === "device") {
      await openOnDevice(context, arrival, purpose.secret);
      return "/#device-signed-in=yes";
    }
    await openConsole(context, arrival, reply);
    return "/";
  } catch (error) {
    const { code, params } = errorRefOf(error);
    context.log.warn("sign-in refused", { code, ...params });
    return `/#sign-in-refused=${code}`;
  }
}

async function openConsole(
  context: ApiContext,
  { vouched, settings }: Arrival,
  reply: FastifyReply,
): Promise<void> {
  const { person } = vouched;
  const at = context.clock.nowAt();
  const secret = makeSessionSecret();
  const session = {
    hash: tokenHash(secret),
    id: newId(context, "ses"),
    expiresAt: at + sessionMs,
    at,
  };
  const { admitUnknown } = settings;
  const role = roleOf(settings, person.groups);
  const order = { ...session, person, role, admitUnknown };
  const outcome = await context.store.write("session.open_person", order);
  if (outcome !== "opened") throw new CodedError("SP-724", { why: refusals[outcome] });
  // A new secret at each sign-in: what the browser carried before opens nothing.
  void reply.header("set-cookie", cookieOf(secret));
}

const refusals = {
  unknown: "no directory knows this person",
  inactive: "this person was deactivated",
  no_role: "none of this person's groups gives a role",
} as const;
