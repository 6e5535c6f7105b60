/** Asks the admin API with the token of a file; the token never stands in argv or the environment. */
import { readFileSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import { contractOf } from "#shared/protocol/api/contract.ts";
import { ApiProblem } from "./api-problem.ts";
import type { ApiAccess } from "./environment.ts";

const timeoutMs = 30_000;

/** One request of a command. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Path below `/api/v1`, its parts already encoded. */
  readonly path: string;
  readonly body?: object | undefined;
}

/** Asks the API; rejects with an ApiProblem, SP-708 (unreachable) or SP-701 (no token). */
export type Ask = (request: ApiRequest) => Promise<unknown>;

/** Returns a client of the API. */
export function makeApiClient(access: ApiAccess): Ask {
  return async (request) => {
    const { method, path, body } = request;
    const url = apiUrl(access.url, path);
    const token = readToken(access.tokenFile);
    const response = await reach(url, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw new ApiProblem(answer, response.status);
    return parsedAnswer(request, answer);
  };
}

/** What the contract does not name is dropped; what lacks something comes of another version. */
function parsedAnswer({ method, path }: ApiRequest, answer: unknown): unknown {
  const schema = contractOf(method, path.replace(/\?.*$/, ""))?.answer ?? null;
  if (schema === null) return answer;
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const why = `\`${method} ${path}\` answered ${issue?.path.join(".") ?? "?"}: ${issue?.message ?? "?"}`;
  throw new CodedError("SP-710", { why });
}

/** Plain HTTP is for this host only: elsewhere the token would cross a network in clear. */
function apiUrl(base: string, path: string): URL {
  const url = URL.parse(`/api/v1${path}`, base);
  const local = url !== null && /^(127(\.\d+){3}|localhost|\[::1\])$/.test(url.hostname);
  if (url !== null && (url.protocol === "https:" || (url.protocol === "http:" && local)))
    return url;
  const why = `\`${base}\` is no https URL, nor http on this host`;
  throw new CodedError("SP-703", { why });
}

async function reach(url: URL, options: RequestInit): Promise<Response> {
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
