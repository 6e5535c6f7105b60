/** Lines of the local socket: netd's word about the peer, then the peer's requests. */
import { z } from "zod";
import { secret } from "#shared/base/secret.ts";
import { base64url, deviceText, name, signalName } from "#shared/protocol/atoms.ts";
import type { Credential } from "../../core/enrolment.ts";
import type { LocalRequest, Peer } from "../../core/local/request.ts";
import { parseJson } from "../json-text.ts";

const peerLine = z.object({
  peer: z.object({ uid: z.int().min(0), user: z.string().max(256).default("") }),
});

const id = z.int().min(0);

const managedIdentity = z.object({
  file: z.base64().max(256 * 1024),
  password: z.string().max(1024),
  controller: z.url({ protocol: /^https$/ }).max(200),
  rootPin: base64url.length(43),
});

function credentialOf(
  asked: {
    readonly id: number;
    readonly verb: "enrol";
    readonly key?: string | undefined;
    readonly identity?: z.infer<typeof managedIdentity> | undefined;
    readonly managed: boolean;
  },
  context: z.RefinementCtx,
): { id: number; verb: "enrol"; by: Credential } {
  const { id: number, verb, key, identity, managed } = asked;
  if (identity !== undefined && key === undefined) {
    const { file, password, controller, rootPin } = identity;
    const secrets = { file: secret(file), password: secret(password) };
    return { id: number, verb, by: { kind: "identity", ...secrets, controller, rootPin } };
  }
  if (key === undefined || identity !== undefined) {
    context.addIssue({ code: "custom", message: "either a key or an identity" });
    return z.NEVER;
  }
  return { id: number, verb, by: { kind: "key", key: secret(key), managed } };
}

const request = z.discriminatedUnion("verb", [
  z.object({
    id,
    verb: z.enum(["status", "watch", "doctor", "settings", "up", "portal", "logout", "unenrol"]),
  }),
  z.object({
    id,
    verb: z.literal("login"),
    strength: z.enum(["single", "mfa", "phishing_resistant"]).optional(),
    maxAgeSeconds: z.int().min(0).max(2_592_000).optional(),
  }),
  z.object({ id, verb: z.literal("posture"), evidence: signalName.optional() }),
  z.object({
    id,
    verb: z.literal("privacy"),
    sinceAt: z.int().min(0).default(0),
    untilAt: z.int().min(0).optional(),
    skip: z.int().min(0).optional(),
  }),
  z.object({ id, verb: z.literal("explain"), resource: deviceText.max(63) }),
  z.object({
    id,
    verb: z.literal("recheck"),
    signals: z.array(signalName).max(64).nullable().default(null),
  }),
  z.object({
    id,
    verb: z.literal("request"),
    resource: name,
    reason: deviceText.min(1),
    seconds: z
      .int()
      .min(60)
      .max(12 * 3_600),
  }),
  z.object({ id, verb: z.literal("down"), reason: deviceText.nullable().default(null) }),
  z
    .object({
      id,
      verb: z.literal("enrol"),
      key: z.string().max(512).optional(),
      identity: managedIdentity.optional(),
      managed: z.boolean().default(false),
    })
    .transform(credentialOf),
]);

/** A request with its number. */
export interface NumberedRequest {
  readonly id: number;
  readonly request: LocalRequest;
}

/** Returns who is at the other end, or null where the line is not netd's. */
export function parsePeer(line: string): Peer | null {
  const parsed = peerLine.safeParse(parseJson(line));
  return parsed.success ? parsed.data.peer : null;
}

/** Returns a request, or the id (0 where there is none) and why it was not understood. */
export function parseRequest(line: string): NumberedRequest | { id: number; why: string } {
  const value = parseJson(line);
  const parsed = request.safeParse(value);
  if (parsed.success) {
    const { id: number, ...rest } = parsed.data;
    return { id: number, request: rest };
  }
  const named = z.looseObject({ id }).safeParse(value);
  const why = parsed.error.issues[0]?.message ?? "not understood";
  return { id: named.success ? named.data.id : 0, why };
}
