/**
 * Idempotency-Key (IETF draft-07): a POST or DELETE that is sent again, because its answer was lost, is answered
 * again and done once. Answers are kept sealed for a day, since some hold what is told only once.
 */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ApiContext, ApiServer } from "./context.ts";

interface Asked {
  readonly admin: string;
  readonly key: string;
  readonly requestHash: string;
}

/** Methods that are done twice when they come twice, or refused then. */
const counted = ["POST", "DELETE"];

/** Adds it to every POST and DELETE of an administrator. */
export function addIdempotency(server: ApiServer, context: ApiContext): void {
  const { store, sealing, clock } = context;
  const underWay = new Set<string>();
  const first = new WeakMap<FastifyRequest, Asked>();
  server.addHook("preHandler", async (request, reply) => {
    const asked = askedOf(request);
    if (asked === null) return;
    const { admin, key, requestHash } = asked;
    const held = await store.read("answer.find", { admin, key, nowAt: clock.nowAt() });
    if (held !== null) {
      if (held.requestHash !== requestHash) throw new CodedError("SP-712", { key });
      const text = sealing.open(placeOf(asked), held.sealed).toString();
      void reply.header("idempotency-replayed", "true").type("application/json; charset=utf-8");
      return reply.status(held.status).send(text);
    }
    if (underWay.has(nameOf(asked))) {
      throw new CodedError("SP-705", { why: "the same request is under way; try again" });
    }
    underWay.add(nameOf(asked));
    first.set(request, asked);
  });
  server.addHook("onSend", async (request, reply, payload) => {
    const asked = first.get(request);
    if (asked === undefined) return payload;
    try {
      if (reply.statusCode >= 400 || typeof payload !== "string") return payload;
      const sealed = sealing.seal(placeOf(asked), Buffer.from(payload));
      const answer = { ...asked, at: clock.nowAt(), status: reply.statusCode, sealed };
      await store.write("answer.keep", answer);
      return payload;
    } finally {
      // Here, not where the response is over: for a caller who has gone away that never comes.
      underWay.delete(nameOf(asked));
    }
  });
}

function askedOf(request: FastifyRequest): Asked | null {
  const header = request.headers["idempotency-key"];
  if (header === undefined || !counted.includes(request.method)) return null;
  const { needs } = request.routeOptions.config;
  if (needs === undefined || needs === "none") return null;
  if (typeof header !== "string" || !/^[\x21-\x7e]{1,64}$/.test(header)) {
    throw new CodedError("SP-703", { why: "Idempotency-Key is 1 to 64 printable characters" });
  }
  const { admin, credential } = request.actor;
  // Tokens of one administrator differ in what they may: one is not told what another was given.
  const text = `${credential}\n${request.url}\n${JSON.stringify(request.body ?? null)}`;
  const requestHash = createHash("sha256").update(text).digest("hex");
  return { admin, key: header, requestHash };
}

function nameOf({ admin, key }: Asked): string {
  return `${admin} ${key}`;
}

function placeOf(asked: Asked) {
  return { table: "kept_answer", id: nameOf(asked) };
}
