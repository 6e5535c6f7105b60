/**
 * What each route of the admin API answers: the server serialises by it (what it does not name never
 * leaves), clients parse by it, and the OpenAPI description is made of it.
 */
import type { z } from "zod";
import { accessRequestList, accessRequestShown } from "./access-request.ts";
import { auditPage } from "./audit.ts";
import {
  enrolKeyList,
  enrolKeyMade,
  breakGlassCard,
  breakGlassKeyList,
  breakGlassKeyRevoked,
  breakGlassList,
  revoked,
  signingKeyList,
  tokenList,
  tokenMade,
} from "./credential.ts";
import { decisionList, decisionPage, decisionReplay } from "./decision.ts";
import { deviceDetail, devicePage, deviceShown, identityAnswer, recheckAnswer } from "./device.ts";
import { breakGlassKey } from "../trust.ts";
import { osIntelImported, osIntelShown } from "./os-intel.ts";
import { overview } from "./overview.ts";
import { gatewayList, gatewayShown, resourceList, siteList, siteShown } from "./place.ts";
import { riskReported } from "./risk.ts";
import { sessionShown, signedOut, signInLink } from "./session.ts";
import {
  activePolicy,
  changeRulesShown,
  differenceAccepted,
  keptPolicy,
  policyBegun,
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

/** One route: a sentence for readers, the status of success and the shape of its body. */
export interface RouteContract {
  readonly summary: string;
  readonly status: 200 | 201;
  /** Null: no JSON (a stream of events). */
  readonly answer: z.ZodType | null;
}

function ok(answer: z.ZodType | null, summary: string): RouteContract {
  return { summary, status: 200, answer };
}

function created(answer: z.ZodType, summary: string): RouteContract {
  return { summary, status: 201, answer };
}

/** Every route below `/api/v1`. */
export const apiContract: Readonly<Record<string, RouteContract>> = {
  "GET /overview": ok(overview, "The fleet in numbers, and what needs somebody"),
  "GET /devices": ok(devicePage, "Devices by name"),
  "GET /devices/:key": ok(deviceDetail, "One device: facts, levels, access and why not"),
  "PATCH /devices/:key": ok(deviceShown, "Set groups, tags, owner or service account of a device"),
  "POST /devices/:key/recheck": ok(recheckAnswer, "Ask a device to look at its facts again"),
  "POST /identities/:key/approve": ok(identityAnswer, "Let a pending or unattested identity in"),
  "POST /identities/:key/quarantine": ok(identityAnswer, "End all access of an identity at once"),
  "POST /identities/:key/release": ok(identityAnswer, "End a quarantine"),
  "POST /identities/:key/revoke": ok(identityAnswer, "End an identity for good"),
  "GET /gateways": ok(gatewayList, "Gateways by name"),
  "GET /gateways/:key": ok(gatewayShown, "One gateway"),
  "PATCH /gateways/:key": ok(gatewayShown, "Set endpoints, priority, port or LAN of a gateway"),
  "GET /sites": ok(siteList, "Sites by name"),
  "GET /sites/:name": ok(siteShown, "One site"),
  "PUT /sites/:name": ok(siteShown, "Make a site as it shall be"),
  "GET /resources": ok(resourceList, "Resources by name"),
  "POST /resources": ok(resourceList, "Make resources as documents say; others stay"),
  "GET /enrol-keys": ok(enrolKeyList, "Enrolment keys, newest first"),
  "POST /enrol-keys": created(enrolKeyMade, "Make an enrolment key; its text is answered once"),
  "POST /enrol-keys/:key/revoke": ok(revoked, "End an enrolment key; who joined by it stays"),
  "GET /policies/active": ok(activePolicy, "The set in force"),
  "GET /policies/rules": ok(changeRulesShown, "Rules about changes of the set"),
  "PUT /policies/rules": ok(changeRulesShown, "Set the rules about changes of the set"),
  "GET /policies/usage": ok(policyUsage, "How often each policy took part in answers"),
  "GET /policies/status": ok(policyStatus, "The set in force, and the change under way"),
  "GET /policies/changes": ok(policyChangeList, "Changes of the set, newest first"),
  "GET /policies/versions/:version": ok(keptPolicy, "The files of a set as they were applied"),
  "GET /policies/shadow": ok(policyShadow, "What is only watched, and what it would change"),
  "POST /policies": ok(policyBegun, "Put a set in force, or on its way"),
  "POST /policies/plan": ok(policyPlan, "Who would gain and who would lose; changes nothing"),
  "POST /policies/diff": ok(policyDiff, "What differs between two sets by name; changes nothing"),
  "POST /policies/simulate": ok(policySimulation, "Try requests; changes nothing"),
  "POST /policies/rollback": ok(policyBegun, "Put a kept set in force again"),
  "POST /policies/changes/:change/approve": ok(policyStepped, "Agree to a change that waits"),
  "POST /policies/changes/:change/:step": ok(policyStepped, "Deny, abort or resume a change"),
  "PUT /policies/shadow": ok(shadowStarted, "Watch a set without enforcing it"),
  "POST /policies/shadow/stop": ok(shadowStopped, "Watch no longer"),
  "POST /policies/shadow/accept": ok(differenceAccepted, "Explain a difference"),
  "POST /policies/shadow/promote": ok(policyBegun, "Put the watched set in force"),
  "GET /decisions": ok(decisionPage, "Decisions, newest first"),
  "GET /decisions/:key": ok(decisionList, "Decisions of an id or a reference, newest first"),
  "GET /decisions/:key/replay": ok(
    decisionReplay,
    "Decide again from what a decision was made from",
  ),
  "GET /tokens": ok(tokenList, "Tokens of administrators, newest first"),
  "POST /tokens": created(tokenMade, "Make a token; its text is answered once"),
  "POST /tokens/:key/revoke": ok(revoked, "End a token at once"),
  "GET /break-glass": ok(breakGlassList, "What gateways opened without the controller"),
  "GET /break-glass/keys": ok(breakGlassKeyList, "Keys of break-glass"),
  "GET /break-glass/cards/:key": ok(
    breakGlassCard,
    "What a break-glass file must name of an identity",
  ),
  "POST /break-glass/keys": created(breakGlassKey, "Let a key of break-glass count"),
  "POST /break-glass/keys/:key/revoke": ok(breakGlassKeyRevoked, "End a key of break-glass"),
  "GET /requests": ok(accessRequestList, "Requests for time-boxed access, newest first"),
  "POST /requests": created(accessRequestShown, "Ask for time-boxed access for a device"),
  "POST /requests/:key/approve": ok(accessRequestShown, "Say yes to a request"),
  "POST /requests/:key/deny": ok(accessRequestShown, "Say no to a request"),
  "POST /requests/:key/end": ok(accessRequestShown, "End what was approved"),
  "POST /risk/reports": ok(riskReported, "Tell of failed sign-ins or an alert that others saw"),
  "GET /keys": ok(signingKeyList, "The keys that sign configs, grants and lease lists"),
  "POST /keys/rotate": ok(signingKeyList, "Replace signing keys"),
  "GET /os-intel": ok(osIntelShown, "What vendors published"),
  "POST /os-intel": ok(osIntelImported, "Import what vendors published"),
  "POST /session": ok(sessionShown, "Sign in to the console by a link or a token"),
  "GET /session": ok(sessionShown, "Who is signed in"),
  "POST /session/end": ok(signedOut, "Sign out of the console"),
  "POST /session/links": created(signInLink, "Make a link that signs in once"),
  "GET /audit": ok(auditPage, "Who changed what, newest first"),
  "GET /live": ok(null, "A stream of what changes (server-sent events)"),
  "GET /openapi.json": ok(null, "This description"),
};

const patterns = Object.entries(apiContract).map(([route, contract]) => {
  const [method = "", path = ""] = route.split(" ");
  return { method, pattern: new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`), contract };
});

/** Returns the contract of a request by its path below `/api/v1`, without a query. */
export function contractOf(method: string, path: string): RouteContract | null {
  const row = patterns.find((one) => one.method === method && one.pattern.test(path));
  return row?.contract ?? null;
}
