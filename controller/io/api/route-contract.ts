import type { RouteOptions } from "fastify";
import { rowOf } from "#shared/protocol/api/contract.ts";

/** Where the admin API begins. */
export const apiPrefix = "/api/v1";

/** Where SCIM begins. */
export const scimPrefix = "/scim/v2";

/** Gives a route the answer of its contract; throws where it has none, reads otherwise, or is for nobody. */
export function applyContract(route: RouteOptions): void {
  const method = String(route.method);
  const name = `${method} ${route.url}`;
  if (route.config?.needs === undefined) throw new Error(`${name} is for nobody`);
  if (route.url.startsWith(scimPrefix)) {
    // A standard of its own, with a description of its own.
    route.schema = { ...route.schema, hide: true };
    return;
  }
  const path = route.url.slice(apiPrefix.length);
  // A HEAD is answered by the handler of its GET.
  const contract = rowOf(`${method === "HEAD" ? "GET" : method} ${path}`);
  if (contract === null) throw new Error(`${name} is in no contract`);
  const { summary, status, answer, body, query } = contract;
  const { body: readBody = null, querystring: readQuery = null } = route.schema ?? {};
  if (readBody !== body || readQuery !== query) throw new Error(`${name} reads by another schema`);
  const response = answer === null ? {} : { response: { [status]: answer } };
  const tag = path.split("/")[1] ?? "";
  // Whoever signs in has no token yet.
  const security = route.config.needs === "none" ? { security: [] } : {};
  // What the role must permit: docs/administrators.md says which role does.
  const permission = { "x-permission": route.config.needs };
  route.schema = { ...route.schema, summary, tags: [tag], ...permission, ...security, ...response };
}
