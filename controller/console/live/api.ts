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

/** Asks; `path` is below `/api/v1`. Rejects with an ApiRefusal, or a TypeError where nothing answered. */
export async function ask<T>(method: Method, path: string, body?: object): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: "same-origin",
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as unknown;
  if (!response.ok) throw new ApiRefusal(answer as Problem);
  return answer as T;
}

/** Returns a query string of what is not empty. */
export function queryOf(values: Readonly<Record<string, string | number | null>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== "");
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return query.size === 0 ? "" : `?${query.toString()}`;
}
