/** One JSON request to the agents' port: enrolment and late renewal. No redirect. */
import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { type ErrorRef, CodedError } from "#shared/base/coded-error.ts";
import { errorTable, type ErrorCode } from "#shared/base/errors.ts";
import { parseJson } from "../json-text.ts";
import { controllerName, type Credentials } from "./server-identity.ts";
import { agentOf } from "./way.ts";

const bytesMax = 64 * 1024;
const timeoutMs = 20_000;

/** An answer of the controller. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends JSON and returns the answer; throws SP-110, SP-111, SP-113 or SP-201 without one to trust. */
export function postJson(url: string, body: unknown, credentials: Credentials): Promise<Answer> {
  const text = JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let shown: X509Certificate | null = null;
  const fail = (error: unknown): void => reject(connectionError(url, error, shown));
  const agent = agentOf(credentials, (certificate) => {
    shown = certificate;
  });
  const sent = request(
    url,
    {
      method: "POST",
      agent,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
      timeout: timeoutMs,
    },
    (response) => void readAnswer(response).then(resolve, fail),
  );
  sent.on("timeout", () => sent.destroy(new Error("no answer in 20 s")));
  sent.on("error", fail);
  sent.end(text);
  return promise;
}

/** Reads a whole answer; rejects when it is over 64 KiB or breaks off. */
export function readAnswer(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    response.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes > bytesMax) response.destroy(new Error("the answer is over 64 KiB"));
      else parts.push(part);
    });
    response.on("error", reject);
    response.on("end", () => {
      const text = Buffer.concat(parts).toString("utf8");
      resolve({ status: response.statusCode ?? 0, body: parseJson(text) });
    });
  });
}

/** Returns the failure that a refusing answer names, by its stable code. */
export function refusalOf(url: string, answer: Answer): ErrorRef {
  const problem = typeof answer.body === "object" && answer.body !== null ? answer.body : {};
  const code = "code" in problem ? String(problem.code) : "";
  if (!isErrorCode(code)) {
    return { code: "SP-110", params: { url, why: `HTTP status ${answer.status}` } };
  }
  const params = "params" in problem ? plainParams(problem.params) : {};
  return { code, params };
}

/** Returns the failure of a connection attempt as a stable code; `shown` is what the other end was. */
export function connectionError(
  url: string,
  error: unknown,
  shown: X509Certificate | null = null,
): CodedError {
  if (error instanceof CodedError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (authorityCodes.has(code)) {
    if (shown === null || namesController(shown)) {
      return new CodedError("SP-201", { peer: url }, { cause: error });
    }
    return new CodedError("SP-111", { url, issuer: issuerOf(shown) }, { cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new CodedError("SP-110", { url, why: why.slice(0, 200) }, { cause: error });
}

/** Another authority's controller is a wrong address or a new authority, not an inspector. */
function namesController({ subjectAltName }: X509Certificate): boolean {
  return (subjectAltName ?? "").split(", ").some((name) => controllerName.test(name));
}

/** Returns who signed a certificate, fit to be shown. */
export function issuerOf({ issuer }: X509Certificate): string {
  return issuer.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ", ").slice(0, 128);
}

/** OpenSSL's verdicts that mean: not issued by our authority. */
const authorityCodes: ReadonlySet<string> = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
  "CERT_HAS_EXPIRED",
  "INVALID_PURPOSE",
]);

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

function plainParams(value: unknown): ErrorRef["params"] {
  const params: Record<string, string | number | boolean> = {};
  if (typeof value !== "object" || value === null) return params;
  for (const [name, member] of Object.entries(value).slice(0, 16)) {
    if (typeof member === "string") params[name] = member.slice(0, 256);
    if (typeof member === "number" || typeof member === "boolean") params[name] = member;
  }
  return params;
}
