/**
 * What each route of the admin API takes and answers: the server reads and serialises by it (what it
 * does not name never leaves), clients are typed and parse by it, and the OpenAPI description is made of it.
 */
import type { z } from "zod";
import { accessRequestList, accessRequestShown, accessRequestStepped } from "./access-request.ts";
import { auditPage } from "./audit.ts";
import {
  enrolKeyList,
  enrolKeyMade,
  breakGlassCard,
  breakGlassKeyList,
  breakGlassKeyRevoked,
  breakGlassList,
  refusedJoiningList,
  revoked,
  signingKeyList,
  signingKeysRotated,
  tokenList,
  tokenMade,
} from "./credential.ts";
import { decisionList, decisionPage, decisionReplay } from "./decision.ts";
import { deviceDetail, devicePage, deviceShown, identityAnswer, recheckAnswer } from "./device.ts";
import { breakGlassKey } from "../trust.ts";
import {
  auditQuery,
  decisionQuery,
  deviceChange,
  deviceQuery,
  userQuery,
  eventQuery,
  proofQuery,
  grantQuery,
  matrixQuery,
  settingsChange,
  stepOrder,
  documentFiles,
  dryRunQuery,
  gatewayChange,
  keyRotation,
  newEnrolKey,
  newRequest,
  newToken,
  recheckOrder,
  riskReport,
  signIn,
  signedOsIntel,
  siteContent,
} from "./order.ts";
import {
  acceptOrder,
  applyOrder,
  changeRules,
  diffOrder,
  planOrder,
  promoteOrder,
  reasonBody,
  rollbackOrder,
  rulesAnswer,
  shadowOrder,
  simulateOrder,
} from "./policy-order.ts";
import { osIntelImported, osIntelShown } from "./os-intel.ts";
import { accessMatrix, eventPage, grantPage, stepResults } from "./fleet.ts";
import { settingsShown } from "./settings.ts";
import { overview } from "./overview.ts";
import { proofPage } from "./proof.ts";
import {
  gatewayList,
  gatewayShown,
  placeRemoved,
  resourceList,
  resourceShown,
  siteList,
  siteShown,
} from "./place.ts";
import { riskReported } from "./risk.ts";
import {
  newPasskey,
  newSetUpLink,
  passkeyList,
  passkeyOptions,
  passkeyRemoved,
  passkeyShown,
  passkeyUse,
  setUpBegin,
  setUpEnd,
} from "./passkey.ts";
import { groupList, userDetail, userPage, userStepped } from "./user.ts";
import { sessionShown, signedOut, signInLink } from "./session.ts";
import {
  deviceSignInOrder,
  deviceSignInShown,
  signInDeparture,
  signInOrder,
  signInShown,
  signInWays,
} from "./sign-in.ts";
import {
  activePolicy,
  changeRulesShown,
  differenceAccepted,
  keptPolicy,
  policyBegun,
  policyCheck,
  policyChangeList,
  policyDiff,
  policyPlan,
  policyShadow,
  policySimulation,
  policyStatus,
  policyStepped,
  policyUsage,
  shadowStarted,
  shadowStopped,
} from "./policy.ts";

/** One route: a sentence for readers, what it takes, the status of success and the shape of its answer. */
export interface RouteContract {
  readonly summary: string;
  readonly status: 200 | 201;
  /** Null: no JSON (a stream of events). */
  readonly answer: z.ZodType | null;
  /** Null: no body is looked at. */
  readonly body: z.ZodType | null;
  readonly query: z.ZodType | null;
}

/** What a route may take beside the parts of its path. */
interface Taken<B extends z.ZodType | null, Q extends z.ZodType | null> {
  readonly body?: B;
  readonly query?: Q;
}

function ok<
  A extends z.ZodType | null,
  B extends z.ZodType | null = null,
  Q extends z.ZodType | null = null,
>(answer: A, summary: string, taken: Taken<B, Q> = {}) {
  return { summary, status: 200, answer, ...whole(taken) } as const;
}

function created<A extends z.ZodType, B extends z.ZodType | null = null>(
  answer: A,
  summary: string,
  taken: Taken<B, null> = {},
) {
  return { summary, status: 201, answer, ...whole(taken) } as const;
}

/** What is not named is null by its type too. */
function whole<B extends z.ZodType | null, Q extends z.ZodType | null>(taken: Taken<B, Q>) {
  const { body = null, query = null } = taken;
  return { body: body as B, query: query as Q };
}

/** Every route below `/api/v1`. */
export const apiContract = {
  "GET /overview": ok(overview, "The fleet in numbers, and what needs somebody"),
  "GET /devices": ok(devicePage, "Devices by name", { query: deviceQuery }),
  "POST /devices/steps": ok(stepResults, "Ask or close many devices at once", {
    body: stepOrder,
  }),
  "GET /devices/:key/events": ok(eventPage, "What a device reported, newest first", {
    query: eventQuery,
  }),
  "GET /devices/:key/proof": ok(proofPage, "What a device said, as it signed it", {
    query: proofQuery,
  }),
  "GET /explorer": ok(accessMatrix, "Who reaches what now, and why not", { query: matrixQuery }),
  "GET /grants": ok(grantPage, "Leases that gateways hold now", { query: grantQuery }),
  "GET /settings": ok(settingsShown, "What holds for this controller as a whole"),
  "PATCH /settings": ok(settingsShown, "Change what holds for this controller", {
    body: settingsChange,
  }),
  "GET /devices/:key": ok(deviceDetail, "One device: facts, levels, access and why not"),
  "PATCH /devices/:key": ok(deviceShown, "Set groups, tags, owner or service account of a device", {
    body: deviceChange,
  }),
  "POST /devices/:key/recheck": ok(recheckAnswer, "Ask a device to look at its facts again", {
    body: recheckOrder,
  }),
  "POST /identities/:key/approve": ok(identityAnswer, "Let a pending or unattested identity in"),
  "POST /identities/:key/quarantine": ok(identityAnswer, "End all access of an identity at once"),
  "POST /identities/:key/release": ok(identityAnswer, "End a quarantine"),
  "POST /identities/:key/revoke": ok(identityAnswer, "End an identity for good"),
  "GET /gateways": ok(gatewayList, "Gateways by name"),
  "GET /gateways/:key": ok(gatewayShown, "One gateway"),
  "PATCH /gateways/:key": ok(gatewayShown, "Set endpoints, priority, port or LAN of a gateway", {
    body: gatewayChange,
  }),
  "GET /sites": ok(siteList, "Sites by name"),
  "GET /sites/:name": ok(siteShown, "One site"),
  "PUT /sites/:name": ok(siteShown, "Make a site as it shall be", { body: siteContent }),
  "DELETE /sites/:name": ok(placeRemoved, "Remove a site where nothing is any more", {
    query: dryRunQuery,
  }),
  "GET /resources": ok(resourceList, "Resources by name"),
  "POST /resources": ok(resourceList, "Make resources as documents say; others stay", {
    body: documentFiles,
    query: dryRunQuery,
  }),
  "GET /resources/:key": ok(resourceShown, "One resource"),
  "DELETE /resources/:key": ok(placeRemoved, "Remove a resource that no set holds or names", {
    query: dryRunQuery,
  }),
  "GET /enrol-keys": ok(enrolKeyList, "Enrolment keys, newest first"),
  "GET /enrol-keys/refused": ok(refusedJoiningList, "Who was refused to join, newest first"),
  "POST /enrol-keys": created(enrolKeyMade, "Make an enrolment key; its text is answered once", {
    body: newEnrolKey,
  }),
  "POST /enrol-keys/:key/revoke": ok(revoked, "End an enrolment key; who joined by it stays"),
  "GET /policies/active": ok(activePolicy, "The set in force"),
  "GET /policies/rules": ok(changeRulesShown, "Rules about changes of the set"),
  "PUT /policies/rules": ok(changeRulesShown, "Set the rules about changes of the set", {
    body: changeRules,
  }),
  "POST /policies/rules/:step": ok(
    changeRulesShown,
    "Agree to rules about changes that somebody else wants, or not",
    { body: rulesAnswer },
  ),
  "GET /policies/usage": ok(policyUsage, "How often each policy took part in answers"),
  "GET /policies/status": ok(policyStatus, "The set in force, and the change under way"),
  "GET /policies/changes": ok(policyChangeList, "Changes of the set, newest first"),
  "GET /policies/versions/:version": ok(keptPolicy, "The files of a set as they were applied"),
  "GET /policies/shadow": ok(policyShadow, "What is only watched, and what it would change"),
  "POST /policies": ok(policyBegun, "Put a set in force, or on its way", { body: applyOrder }),
  "POST /policies/check": ok(policyCheck, "Read documents and run their tests; changes nothing", {
    body: documentFiles,
  }),
  "POST /policies/plan": ok(policyPlan, "Who would gain and who would lose; changes nothing", {
    body: planOrder,
  }),
  "POST /policies/diff": ok(policyDiff, "What differs between two sets by name; changes nothing", {
    body: diffOrder,
  }),
  "POST /policies/simulate": ok(policySimulation, "Try requests; changes nothing", {
    body: simulateOrder,
  }),
  "POST /policies/rollback": ok(policyBegun, "Put a kept set in force again", {
    body: rollbackOrder,
  }),
  "POST /policies/changes/:change/approve": ok(policyStepped, "Agree to a change that waits", {
    body: reasonBody,
  }),
  "POST /policies/changes/:change/:step": ok(policyStepped, "Deny, abort or resume a change", {
    body: reasonBody,
  }),
  "PUT /policies/shadow": ok(shadowStarted, "Watch a set without enforcing it", {
    body: shadowOrder,
  }),
  "POST /policies/shadow/stop": ok(shadowStopped, "Watch no longer"),
  "POST /policies/shadow/accept": ok(differenceAccepted, "Explain a difference", {
    body: acceptOrder,
  }),
  "POST /policies/shadow/promote": ok(policyBegun, "Put the watched set in force", {
    body: promoteOrder,
  }),
  "GET /decisions": ok(decisionPage, "Decisions, newest first", { query: decisionQuery }),
  "GET /decisions/:key": ok(decisionList, "Decisions of an id or a reference, newest first"),
  "GET /decisions/:key/replay": ok(
    decisionReplay,
    "Decide again from what a decision was made from",
  ),
  "GET /tokens": ok(tokenList, "Tokens of administrators, newest first"),
  "POST /tokens": created(tokenMade, "Make a token; its text is answered once", { body: newToken }),
  "POST /tokens/:key/revoke": ok(revoked, "End a token at once"),
  "GET /break-glass": ok(breakGlassList, "What gateways opened without the controller"),
  "GET /break-glass/keys": ok(breakGlassKeyList, "Keys of break-glass"),
  "GET /break-glass/cards/:key": ok(
    breakGlassCard,
    "What a break-glass file must name of an identity",
  ),
  "POST /break-glass/keys": created(breakGlassKey, "Let a key of break-glass count", {
    body: breakGlassKey,
  }),
  "POST /break-glass/keys/:key/revoke": ok(breakGlassKeyRevoked, "End a key of break-glass"),
  "GET /requests": ok(accessRequestList, "Requests for time-boxed access, newest first"),
  "POST /requests": created(accessRequestShown, "Ask for time-boxed access for a device", {
    body: newRequest,
  }),
  "POST /requests/:key/approve": ok(accessRequestStepped, "Say yes to a request"),
  "POST /requests/:key/deny": ok(accessRequestStepped, "Say no to a request"),
  "POST /requests/:key/end": ok(accessRequestStepped, "End what was approved"),
  "POST /risk/reports": ok(riskReported, "Tell of failed sign-ins or an alert that others saw", {
    body: riskReport,
  }),
  "GET /keys": ok(signingKeyList, "The keys that sign configs, grants and lease lists"),
  "POST /keys/rotate": ok(signingKeysRotated, "Replace signing keys", { body: keyRotation }),
  "GET /os-intel": ok(osIntelShown, "What vendors published"),
  "POST /os-intel": ok(osIntelImported, "Import what vendors published", { body: signedOsIntel }),
  "POST /session": ok(sessionShown, "Sign in to the console by a link or a token", {
    body: signIn,
  }),
  "GET /session": ok(sessionShown, "Who is signed in"),
  "POST /session/activity": ok(sessionShown, "Say that somebody uses the console"),
  "POST /session/end": ok(signedOut, "Sign out of the console"),
  "POST /session/links": created(signInLink, "Make a link that signs in once"),
  "GET /session/ways": ok(signInWays, "How one may sign in to the console"),
  "POST /session/provider": ok(signInDeparture, "Begin a sign-in by the identity provider"),
  "GET /session/provider/callback": ok(null, "The way back from the identity provider"),
  "POST /session/set-up/options": ok(passkeyOptions, "Follow a set-up link", { body: setUpBegin }),
  "POST /session/set-up": ok(sessionShown, "Become an administrator by a passkey", {
    body: setUpEnd,
  }),
  "POST /session/set-up-links": created(signInLink, "Make a link that makes an administrator", {
    body: newSetUpLink,
  }),
  "POST /session/passkey/options": ok(passkeyOptions, "Begin a sign-in by a passkey"),
  "POST /session/passkey": ok(sessionShown, "Sign in by a passkey", { body: passkeyUse }),
  "GET /passkeys": ok(passkeyList, "One's own passkeys; for administrators everybody's"),
  "POST /passkeys/options": ok(passkeyOptions, "Begin to add a passkey of one's own"),
  "POST /passkeys": created(passkeyShown, "Add a passkey of one's own", { body: newPasskey }),
  "POST /passkeys/:key/remove": ok(passkeyRemoved, "Remove a passkey and its sessions"),
  "POST /device-sign-ins/look": ok(deviceSignInShown, "Look at a sign-in that a device asked for", {
    body: deviceSignInOrder,
  }),
  "POST /device-sign-ins": ok(signInDeparture, "Begin the sign-in that a device asked for", {
    body: deviceSignInOrder,
  }),
  "GET /users": ok(userPage, "People by name", { query: userQuery }),
  "GET /users/:key": ok(userDetail, "One person, and where it is signed in"),
  "POST /users/:key/sign-out": ok(
    userStepped,
    "End every sign-in of a person, and what they opened",
  ),
  "POST /users/:key/deactivate": ok(userStepped, "End a person's access, and let nobody in by it"),
  "POST /users/:key/activate": ok(userStepped, "Let a person sign in again"),
  "GET /groups": ok(groupList, "Groups of people by name"),
  "GET /sign-in": ok(signInShown, "How people sign in by an identity provider"),
  "PUT /sign-in": ok(signInShown, "Set how people sign in by an identity provider", {
    body: signInOrder,
  }),
  "GET /audit": ok(auditPage, "Who changed what, newest first", { query: auditQuery }),
  "GET /live": ok(null, "A stream of what changes (server-sent events)"),
  "GET /openapi.json": ok(null, "This description"),
} as const satisfies Readonly<Record<string, RouteContract>>;

/** A route by its method and path. */
export type Route = keyof typeof apiContract;
/** What a route answers. */
export type AnswerOf<R extends Route> = z.output<NonNullable<(typeof apiContract)[R]["answer"]>>;
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Frozen<T[Name]> }
    : T;
/** What a route takes as its body; nothing where it looks at none. */
export type BodyOf<R extends Route> = (typeof apiContract)[R]["body"] extends infer B
  ? B extends z.ZodType
    ? Frozen<z.input<B>>
    : undefined
  : never;
/** What a route takes behind the question mark. */
export type QueryOf<R extends Route> = (typeof apiContract)[R]["query"] extends infer Q
  ? Q extends z.ZodType
    ? z.input<Q>
    : undefined
  : never;
type Parts<P extends string> = P extends `${string}:${infer Part}/${infer Rest}`
  ? Part | Parts<Rest>
  : P extends `${string}:${infer Part}`
    ? Part
    : never;
/** The parts of a route's path that stand for something. */
export type ParamsOf<R extends Route> = Readonly<Record<Parts<R>, string>>;

/** Returns the contract of a route by its name, or null where there is none. */
export function rowOf(route: string): RouteContract | null {
  return Object.hasOwn(apiContract, route) ? apiContract[route as Route] : null;
}

const patterns = Object.entries(apiContract).map(([route, contract]) => {
  const [method = "", path = ""] = route.split(" ");
  return { method, pattern: new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`), contract };
});

/** Returns the contract of a request by its path below `/api/v1`, without a query. */
export function contractOf(method: string, path: string): RouteContract | null {
  const row = patterns.find((one) => one.method === method && one.pattern.test(path));
  return row?.contract ?? null;
}
