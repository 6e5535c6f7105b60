/** Asks the admin API with the token of a file; the token never stands in argv or the environment. */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { CodedError } from "#shared/base/coded-error.ts";
import { type AnswerOf, contractOf, type Route } from "#shared/protocol/api/contract.ts";
import {
  requestOf,
  type RouteOrders,
  type RouteRequest,
} from "#shared/protocol/api/route-order.ts";
import { ApiProblem } from "./api-problem.ts";
import type { ApiAccess } from "./environment.ts";

const timeoutMs = 30_000;
/** Whoever guesses is told to wait for longer, and is not waited for. */
const [waitsMax, waitMaxSeconds] = [10, 2];

/** What the API answered, and the entity tag of the record that it shows. */
interface ApiReply {
  readonly answer: unknown;
  readonly tag: string | null;
}

/** Asks the API; rejects with an ApiProblem, SP-708 (unreachable) or SP-701 (no token). */
export type Call = (request: RouteRequest) => Promise<unknown>;

/** The admin API by its contract: what goes in and comes out of each route is known. */
export interface TypedApi {
  ask<R extends Route>(route: R, ...order: RouteOrders<R>): Promise<AnswerOf<R>>;
  /** With the entity tag of the record, for who changes it next; null where there is no such record. */
  look<R extends Route>(
    route: R,
    ...order: RouteOrders<R>
  ): Promise<{ readonly answer: AnswerOf<R>; readonly tag: string } | null>;
}

/** Returns a client that asks whatever it is told. */
export function makeApiClient(access: ApiAccess): Call {
  return async (request) => (await send(access, request)).answer;
}

/** Returns a client of the API's contract. */
export function makeTypedApi(access: ApiAccess): TypedApi {
  return {
    async ask<R extends Route>(route: R, ...[order]: RouteOrders<R>) {
      const { answer } = await send(access, requestOf(route, order));
      // Parsed by the schema of this very route.
      return answer as AnswerOf<R>;
    },
    async look<R extends Route>(route: R, ...[order]: RouteOrders<R>) {
      try {
        const { answer, tag } = await send(access, requestOf(route, order));
        return { answer: answer as AnswerOf<R>, tag: tag ?? "*" };
      } catch (error) {
        if (error instanceof ApiProblem && error.failure.code === "SP-702") return null;
        throw error;
      }
    },
  };
}

async function send(access: ApiAccess, request: RouteRequest): Promise<ApiReply> {
  const { method, path, body, ifMatch } = request;
  const url = apiUrl(access.url, path);
  const response = await inTime(access, url, {
    method,
    redirect: "error",
    headers: {
      ...apiHeaders(access),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiProblem(answer, response.status);
  return { answer: parsedAnswer(request, answer), tag: response.headers.get("etag") };
}

/** Long work asks faster than the controller lets anybody ask: what it refused for that was not done. */
async function inTime(access: ApiAccess, url: URL, options: RequestInit): Promise<Response> {
  for (let waits = 0; ; waits += 1) {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await reach(access, url, { ...options, signal });
    const seconds = Number(response.headers.get("retry-after") ?? Infinity);
    if (response.status !== 429 || waits === waitsMax || !(seconds <= waitMaxSeconds)) {
      return response;
    }
    await response.body?.cancel();
    await setTimeout(seconds * 1_000);
  }
}

/** On the controller's own host its API may have a certificate of its own authority. */
function believeOwnRoot({ rootFile }: Pick<ApiAccess, "rootFile">): void {
  if (rootFile === undefined || !existsSync(rootFile)) return;
  const believed = getCACertificates("default");
  const root = readFileSync(rootFile, "utf8");
  if (!believed.includes(root)) setDefaultCACertificates([...believed, root]);
}

/** The headers that say who asks. */
export function apiHeaders({ tokenFile }: Pick<ApiAccess, "tokenFile">) {
  return { authorization: `Bearer ${readToken(tokenFile)}` };
}

/** What the contract does not name is dropped; what lacks something comes of another version. */
function parsedAnswer({ method, path }: RouteRequest, answer: unknown): unknown {
  const schema = contractOf(method, path.replace(/\?.*$/, ""))?.answer ?? null;
  if (schema === null) return answer;
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const why = `\`${method} ${path}\` answered ${issue?.path.join(".") ?? "?"}: ${issue?.message ?? "?"}`;
  throw new CodedError("SP-710", { why });
}

/** Returns a URL of the API. Plain HTTP is for this host only: elsewhere the token would cross a network in clear. */
export function apiUrl(base: string, path: string): URL {
  const url = URL.parse(`/api/v1${path}`, base);
  const local = url !== null && /^(127(\.\d+){3}|localhost|\[::1\])$/.test(url.hostname);
  if (url !== null && (url.protocol === "https:" || (url.protocol === "http:" && local)))
    return url;
  const why = `\`${base}\` is no https URL, nor http on this host`;
  throw new CodedError("SP-703", { why });
}

/** Asks; throws SP-708 where nothing answers. */
export async function reach(
  access: Pick<ApiAccess, "rootFile">,
  url: URL,
  options: RequestInit,
): Promise<Response> {
  if (url.protocol === "https:") believeOwnRoot(access);
  try {
    return await fetch(url, options);
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const why = inner instanceof Error ? inner.message : String(inner);
    throw new CodedError("SP-708", { url: url.origin, why }, { cause });
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CodedError("SP-701", {}, { cause });
  }
}
