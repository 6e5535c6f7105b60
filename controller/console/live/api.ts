/** Asks the admin API of this host; the browser carries the session's cookie. */
import type { Problem } from "#shared/protocol/api/problem.ts";

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextAfter: string | null;
}

/** The API refused; `problem` says why and what to do. */
export class ApiRefusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiRefusal";
    this.problem = problem;
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH";

/** What was read, with the entity tag that a change of it names. */
export interface Looked<T> {
  readonly answer: T;
  readonly tag: string;
}

/**
 * Asks; `path` is below `/api/v1`, `ifMatch` the entity tag of what is replaced. Rejects with an
 * ApiRefusal, or a TypeError where nothing answered.
 */
export async function ask<T>(
  method: Method,
  path: string,
  ...[body, ifMatch]: readonly [body?: object, ifMatch?: string]
): Promise<T> {
  return (await send(method, path, { body, ifMatch })) as T;
}

/** Reads what is to be changed, with its entity tag. */
export async function look<T>(path: string): Promise<Looked<T>> {
  let tag = "*";
  const answer = await send("GET", path, { tell: (told) => (tag = told ?? "*") });
  return { answer: answer as T, tag };
}

interface Sent {
  readonly body?: object | undefined;
  readonly ifMatch?: string | undefined;
  readonly tell?: (tag: string | null) => void;
}

async function send(method: Method, path: string, { body, ifMatch, tell }: Sent): Promise<unknown> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: "same-origin",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as unknown;
  if (!response.ok) throw new ApiRefusal(answer as Problem);
  tell?.(response.headers.get("etag"));
  return answer;
}

/** Returns a query string of what is not empty. */
export function queryOf(values: Readonly<Record<string, string | number | null>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== "");
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return query.size === 0 ? "" : `?${query.toString()}`;
}
