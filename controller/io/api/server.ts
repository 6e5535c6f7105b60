/** The admin API: loopback by default, one bearer token per caller, zod at every edge. */
import type { AddressInfo } from "node:net";
import type { Server } from "node:https";
import fastify from "fastify";
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { describeError } from "#shared/base/coded-error.ts";
import { requirePermission } from "./actor.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { LinedRefusal } from "./document-refusal.ts";
import { consoleHandler } from "../console/console-pages.ts";
import { type Guard, makeGuard } from "./guard.ts";
import { addIdempotency } from "./idempotency.ts";
import { makeMethodTable, refuseRoute } from "./method-table.ts";
import { errorRefOf, problemOf, problemType } from "./problem.ts";
import { addDescriptionRoute, describeRoutes } from "./description.ts";
import { addScimRoutes } from "../scim/routes.ts";
import { type ApiCredentials, type ApiTls, keepRenewed, tlsServerFactory } from "./tls.ts";
import { apiPrefix, applyContract, scimPrefix } from "./route-contract.ts";
import { unreadable, unroutable } from "./unread-request.ts";
import { addAuditRoute } from "./routes/audit.ts";
import { addBreakGlassRoutes } from "./routes/break-glass.ts";
import { addDecisionRoutes } from "./routes/decisions.ts";
import { addDeviceRoutes } from "./routes/devices.ts";
import { addPolicyChangeRoutes } from "./routes/policy-changes.ts";
import { addPolicyRoutes } from "./routes/policies.ts";
import { addResourceRoutes } from "./routes/resources.ts";
import { addShadowRoutes } from "./routes/policy-shadow.ts";
import { addDeviceStepRoute } from "./routes/device-steps.ts";
import { addExplorerRoute } from "./routes/explorer.ts";
import { addGrantRoutes } from "./routes/grants.ts";
import { addProofRoute } from "./routes/proof.ts";
import { addSettingRoutes } from "./routes/settings.ts";
import { addEnrolKeyRoutes } from "./routes/enrol-keys.ts";
import { addGatewayRoutes } from "./routes/gateways.ts";
import { addKeyRoutes } from "./routes/keys.ts";
import { addLiveRoute } from "./routes/live.ts";
import { addOsIntelRoutes } from "./routes/os-intel.ts";
import { addOverviewRoute } from "./routes/overview.ts";
import { addRequestRoutes } from "./routes/requests.ts";
import { addRiskRoutes } from "./routes/risk.ts";
import { addSessionRoutes } from "./routes/session.ts";
import { addDeviceSignInRoutes } from "./routes/device-sign-in.ts";
import { addPasskeyRoutes } from "./routes/passkeys.ts";
import { addUserRoutes } from "./routes/users.ts";
import { addSignInRoutes } from "./routes/sign-in.ts";
import { addSiteRoutes } from "./routes/sites.ts";
import { addTokenRoutes } from "./routes/tokens.ts";

/** What is answered is for the one who asked, and no page. */
const closedHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
};
/** Over TLS, browsers come by TLS from then on. */
const securedHeaders = { ...closedHeaders, "strict-transport-security": "max-age=31536000" };
const headersOver = (isTls: boolean) => (isTls ? securedHeaders : closedHeaders);
const bodyBytesMax = 8 * 1024 * 1024;
const patience = {
  // Silence while an answer is made: a plan takes its time on a slow machine.
  connectionTimeout: 120_000,
  // The whole of a request: whoever sends it drop by drop is ended.
  requestTimeout: 10_000,
};
/** The id of a passkey is as long as its authenticator makes it. */
const pathPartMax = 1_400;

/** Where the API listens. */
export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: plain HTTP, which is for loopback alone. */
  readonly tls?: ApiTls | undefined;
}

/** An open API. */
export interface AdminApi {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens the API; port 0 takes a free one. */
export async function openApi(context: ApiContext, options: ApiOptions): Promise<AdminApi> {
  const { tls } = options;
  const server = makeServer(tls === undefined ? null : await tls());
  const { address } = context.signIn;
  const guard = makeGuard({ ...context, address });
  server.decorateRequest("actor");
  const methods = makeMethodTable();
  server.addHook("onRoute", (route) => {
    applyContract(route);
    methods.add(route);
  });
  server.addHook("onRequest", (_, reply, next) => {
    void reply.headers(headersOver(tls !== undefined));
    next();
  });
  // Before the body is read: who has no token makes us buffer nothing.
  server.addHook("onRequest", async (request) => {
    const { needs } = request.routeOptions.config;
    if (needs === "none") return guard.door(request);
    // Nothing secret is among the console's own files; what else no route takes is for nobody unknown.
    if (needs === undefined && !isApiPath(request.url)) return;
    request.actor = await guard.actor(request);
    if (needs !== undefined) requirePermission(request, needs);
  });
  server.addHook("onSend", (request, reply) => {
    if (isApiPath(request.url)) void reply.headers(guard.allowance(request));
    return Promise.resolve();
  });
  addIdempotency(server, context);
  server.setErrorHandler((error, request, reply) => {
    const ref = errorRefOf(error, request.headers["content-type"]);
    const level = describeError(ref).log;
    const fields = { code: ref.code, method: request.method, route: request.routeOptions.url };
    context.log[level]("api request refused", {
      ...fields,
      ...(level === "error" ? { cause: String(error) } : {}),
    });
    const lines = error instanceof LinedRefusal ? { errors: error.lines } : {};
    const problem = { ...problemOf(ref), ...lines };
    const wait = ref.params["retryAfterSeconds"];
    if (wait !== undefined) void reply.header("retry-after", String(wait));
    return reply.status(problem.status).type(problemType).send(problem);
  });
  const page = consoleHandler(context.console);
  server.setNotFoundHandler(async (request, reply) => {
    const served = isApiPath(request.url) ? null : await page(request, reply);
    return served ?? refuseRoute(methods, request, reply);
  });
  await describeRoutes(server);
  await server.register(addRoutes(context, guard), { prefix: apiPrefix });
  const scim = (scope: ApiServer) => Promise.resolve(addScimRoutes(scope, context));
  await server.register(scim, { prefix: scimPrefix });
  await server.listen({ host: options.host, port: options.port });
  const { port } = server.server.address() as AddressInfo;
  address.bound(port);
  const stop =
    tls === undefined ? () => undefined : keepRenewed(server.server as Server, tls, context.log);
  return {
    port,
    close() {
      stop();
      return server.close();
    },
  };
}

function makeServer(credentials: ApiCredentials | null): ApiServer {
  const headers = headersOver(credentials !== null);
  return fastify({
    frameworkErrors: unroutable(headers),
    clientErrorHandler: unreadable(headers),
    routerOptions: { maxParamLength: pathPartMax },
    ...(credentials === null ? {} : { serverFactory: tlsServerFactory(credentials, patience) }),
    logger: false,
    bodyLimit: bodyBytesMax,
    ...patience,
    trustProxy: false,
    forceCloseConnections: true,
  })
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>();
}

function isApiPath(url: string): boolean {
  return /^\/(api|scim)(\/|\?|$)/.test(url);
}

function addRoutes(context: ApiContext, guard: Guard) {
  return (server: ApiServer): Promise<void> => {
    addEnrolKeyRoutes(server, context);
    addDeviceRoutes(server, context);
    addDeviceStepRoute(server, context);
    addGrantRoutes(server, context);
    addProofRoute(server, context);
    addExplorerRoute(server, context);
    addSettingRoutes(server, context);
    addGatewayRoutes(server, context);
    addSiteRoutes(server, context);
    addResourceRoutes(server, context);
    addPolicyRoutes(server, context);
    addPolicyChangeRoutes(server, context);
    addShadowRoutes(server, context);
    addDecisionRoutes(server, context);
    addTokenRoutes(server, context);
    addBreakGlassRoutes(server, context);
    addRequestRoutes(server, context);
    addRiskRoutes(server, context);
    addKeyRoutes(server, context);
    addOsIntelRoutes(server, context);
    addAuditRoute(server, context);
    addOverviewRoute(server, context);
    addLiveRoute(server, context);
    addSessionRoutes(server, context, guard);
    addSignInRoutes(server, context, guard);
    addUserRoutes(server, context);
    addPasskeyRoutes(server, context, guard);
    addDeviceSignInRoutes(server, context, guard);
    addDescriptionRoute(server);
    return Promise.resolve();
  };
}
