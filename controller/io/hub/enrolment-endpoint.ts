/**
 * `POST /v1/enrol` and `/v1/renew`: the only requests that need no good certificate. Rate limit and size
 * come before any cryptography; nothing of a request is believed but what its schema allows.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { z } from "zod";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import { enrolRequest, identityRequest, renewRequest } from "#shared/protocol/enrolment.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Enrolment, EnrolmentResult } from "../../ports/enrolment.ts";
import type { Log } from "../../ports/log.ts";
import { problemOf, problemType } from "../api/problem.ts";
import type { VerifiedLeaf } from "./client-leaf.ts";
import { addressKey, type RateLimit } from "../limit/rate-limit.ts";

const bodyBytesMax = 64 * 1024;

/** What the endpoint works with; `leafOf` verifies the certificate of a connection. */
export interface EndpointParts {
  readonly enrolment: Enrolment;
  readonly limit: RateLimit;
  readonly clock: Clock;
  readonly log: Log;
  readonly leafOf: (socket: TLSSocket) => VerifiedLeaf | null;
}

/** Answers one request. */
export async function answerRequest(
  parts: EndpointParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await route(parts, request, response);
  } catch (error) {
    if (!(error instanceof CodedError)) {
      const why = error instanceof Error ? error.message : String(error);
      parts.log.warn("request failed", { url: request.url?.slice(0, 64), why });
    }
    const coded = error instanceof CodedError ? error : new CodedError("SP-901", { why: "failed" });
    refuse(response, coded);
  }
}

async function route(
  parts: EndpointParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.method === "POST" ? request.url : "";
  if (path !== "/v1/enrol" && path !== "/v1/renew") {
    throw new CodedError("SP-702", { what: "page", name: String(request.url).slice(0, 64) });
  }
  const address = request.socket.remoteAddress ?? "";
  const retryAfterSeconds = parts.limit.take(addressKey(address), parts.clock.monotonicMs());
  if (retryAfterSeconds > 0) throw new CodedError("SP-706", { retryAfterSeconds });
  const text = await readBody(request);
  if (path === "/v1/enrol") {
    const body = parse(z.union([enrolRequest, identityRequest]), text);
    if ("secret" in body) {
      return give(response, 201, await parts.enrolment.enrol(body, address));
    }
    const result = await parts.enrolment.enrolByIdentity(body, address);
    if (result.kind !== "challenge") return give(response, 201, result);
    const { challenge } = result;
    return send(response, { status: 200, body: { challenge } });
  }
  const { csr } = parse(renewRequest, text);
  const verified = parts.leafOf(request.socket as TLSSocket);
  if (verified === null) throw new CodedError("SP-201", { peer: "the client" });
  return give(response, 200, await parts.enrolment.renew(verified.leaf, address, csr));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > bodyBytesMax) throw new CodedError("SP-204", { bytes: declared });
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new CodedError("SP-204", { bytes });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse<T extends z.ZodType>(schema: T, text: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CodedError("SP-703", { why: "the body is no JSON" });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "the body" : issue.path.join(".");
  const why = `${place}: ${issue?.message ?? "refused"}`;
  throw new CodedError("SP-703", { why: why.slice(0, 256) });
}

function give<T>(response: ServerResponse, status: number, result: EnrolmentResult<T>): void {
  switch (result.kind) {
    case "answer":
      return send(response, { status, body: result.answer });
    case "pending": {
      const { retryAfterSeconds } = result;
      return send(response, { status: 202, body: { pending: true, retryAfterSeconds } });
    }
    case "refused":
      return refuse(response, result.error);
  }
}

/** Answers with problem details (RFC 9457). */
function refuse(response: ServerResponse, error: ErrorRef): void {
  const problem = problemOf(error);
  send(response, { status: problem.status, type: problemType, body: problem });
}

interface Sending {
  readonly status: number;
  readonly type?: string;
  readonly body: unknown;
}

function send(
  response: ServerResponse,
  { status, type = "application/json", body }: Sending,
): void {
  if (response.headersSent) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    connection: "close",
    ...(status === 429 ? { "retry-after": "1" } : {}),
  });
  response.end(text);
}
