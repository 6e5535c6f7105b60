/** Problem details (RFC 9457): codes, never stacks; what has no code is a bug and says only that. */
import { CodedError, describeError, type ErrorRef } from "#shared/base/coded-error.ts";

/** The media type of problems. */
export const problemType = "application/problem+json";

/** One problem as the API answers it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly slug: string;
  readonly fix: string;
  readonly params: ErrorRef["params"];
}

/** Returns the problem of an error. */
export function problemOf(error: ErrorRef): Problem {
  const { slug, title, detail, fix, http } = describeError(error);
  const type = `urn:sallyport:${slug}`;
  const { code, params } = error;
  return { type, title, status: http ?? 500, detail, code, slug, fix, params };
}

/** Returns the coded form of whatever a request handler threw; `mediaType` is what the request called its body. */
export function errorRefOf(error: unknown, mediaType = "none"): ErrorRef {
  if (error instanceof CodedError) return error;
  const { statusCode, code, message } = (error ?? {}) as Partial<
    Record<"statusCode" | "code" | "message", unknown>
  >;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return { code: "SP-641", params: { why: "the body is longer than this route takes" } };
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return { code: "SP-715", params: { type: mediaType.slice(0, 128) } };
  }
  if (code === "FST_ERR_VALIDATION" || (typeof statusCode === "number" && statusCode < 500)) {
    return { code: "SP-703", params: { why: String(message).slice(0, 512) } };
  }
  return { code: "SP-901", params: { why: "the request failed inside the controller" } };
}
