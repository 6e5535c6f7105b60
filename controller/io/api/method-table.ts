/** Which methods an address takes: what is asked by another is refused as such (RFC 9110 §15.5.6). */
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { problemOf, problemType } from "./problem.ts";

/** The methods of the routes that were registered. */
export interface MethodTable {
  add(route: Pick<RouteOptions, "method" | "url">): void;
  /** Returns the methods that an address takes, in their order; none where no route is its own. */
  methodsOf(url: string): readonly string[];
}

/** Returns a table without routes. */
export function makeMethodTable(): MethodTable {
  const rows: { readonly method: string; readonly pattern: RegExp }[] = [];
  return {
    add({ method, url }) {
      const pattern = new RegExp(`^${url.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`);
      for (const one of [method].flat()) rows.push({ method: one, pattern });
    },
    methodsOf(url) {
      const path = url.replace(/[?#].*$/, "");
      const own = rows.filter(({ pattern }) => pattern.test(path));
      return [...new Set(own.map(({ method }) => method))].sort();
    },
  };
}

/** Answers what no route takes: 405 with the methods of its address, or 404 where no route has it. */
export function refuseRoute(
  methods: Pick<MethodTable, "methodsOf">,
  { url, method }: Pick<FastifyRequest, "url" | "method">,
  reply: FastifyReply,
): FastifyReply {
  const allow = methods.methodsOf(url).join(", ");
  if (allow !== "") void reply.header("allow", allow);
  const problem = problemOf(
    allow === ""
      ? { code: "SP-702", params: { what: "route", name: url } }
      : { code: "SP-714", params: { url, allow, method } },
  );
  return reply.status(problem.status).type(problemType).send(problem);
}
