/** Asks the admin API of this host; the browser carries the session's cookie. */
import type { z } from "zod";
import type { AnswerOf, QueryOf, Route } from "#shared/protocol/api/contract.ts";
import { problem as problemSchema, type Problem } from "#shared/protocol/api/problem.ts";
import {
  requestOf,
  type RouteOrders,
  type RouteRequest,
} from "#shared/protocol/api/route-order.ts";

/** The API refused; `problem` says why and what to do. */
export class ApiRefusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiRefusal";
    this.problem = problem;
  }
}

/** Tells whether nobody is signed in, or not any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiRefusal && error.problem.code === "SP-701";
}

/** Tells whether what was to be changed is another by now. */
export function isMoved(error: unknown): boolean {
  return error instanceof ApiRefusal && error.problem.code === "SP-711";
}

/** The answer is not what this page was built for: page and controller are of different versions. */
export class AnswerMismatch extends Error {
  constructor(path: string, issue: z.core.$ZodIssue | undefined) {
    super(`\`${path}\` answered ${issue?.path.join(".") ?? "?"}: ${issue?.message ?? "?"}`);
    this.name = "AnswerMismatch";
  }
}

/** What was read, with the entity tag that a change of it names. */
export interface Looked<T> {
  readonly answer: T;
  readonly tag: string;
}

/** Filters come out of the address, where anybody may write anything: the server judges them. */
type Filters<Q> = { readonly [Name in keyof Q]?: string | number | boolean | null | undefined };
type Orders<R extends Route> = RouteOrders<R, Filters<QueryOf<R>>>;

/**
 * Asks; the answer is parsed by the schema of the route. Rejects with an ApiRefusal, an
 * AnswerMismatch, or another error where nothing answered.
 */
export async function ask<R extends Route>(
  route: R,
  schema: z.ZodType<AnswerOf<R>>,
  ...[order]: Orders<R>
): Promise<AnswerOf<R>> {
  const { answer, request } = await send(requestOf(route, order));
  return parsed(request, schema, answer);
}

/** Reads what is to be changed, with its entity tag. */
export async function look<R extends Route>(
  route: R,
  schema: z.ZodType<AnswerOf<R>>,
  ...[order]: Orders<R>
): Promise<Looked<AnswerOf<R>>> {
  const { answer, request, tag } = await send(requestOf(route, order));
  return { answer: parsed(request, schema, answer), tag: tag ?? "*" };
}

interface Answered {
  readonly request: RouteRequest;
  readonly answer: unknown;
  readonly tag: string | null;
}

async function send(request: RouteRequest): Promise<Answered> {
  const { method, path, body, ifMatch } = request;
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: "same-origin",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (response.ok) return { request, answer, tag: response.headers.get("etag") };
  throw new ApiRefusal(parsed(request, problemSchema, answer));
}

function parsed<T>(request: RouteRequest, schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new AnswerMismatch(`${request.method} ${request.path}`, read.error.issues[0]);
}
