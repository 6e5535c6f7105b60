/** Enrolment and late renewal over HTTPS: `POST /v1/enrol` and `/v1/renew`, at most 64 KiB. */
import { z } from "zod";
import { base64url, deviceText, id, pem, wireguardKey } from "./atoms.ts";
import { trustSet } from "./trust.ts";

const joining = {
  csr: pem,
  wgPublicKey: wireguardKey,
  /** What the asking daemon runs as; a key of the other role is refused unspent. */
  role: z.enum(["device", "gateway"]).optional(),
  device: z.strictObject({
    hostname: deviceText.max(253),
    os: z.enum(["linux", "darwin", "windows"]),
    serials: z.array(deviceText.max(128)).max(4),
    hardwareIds: z.record(deviceText.max(64), deviceText.max(128)).optional(),
  }),
};

/** Joining by an enrolment key; the secret travels to the pinned controller alone. */
export const enrolRequest = z.strictObject({
  keyId: id,
  secret: base64url.length(43),
  ...joining,
});

/**
 * Joining by an identity that device management installed. Without `proof` the answer is a challenge;
 * with it, `signature` is made by the identity's key over `identityProofText`.
 */
export const identityRequest = z.strictObject({
  identity: z.strictObject({
    chain: z.array(pem).min(1).max(8),
    proof: z
      .strictObject({ challenge: base64url.length(43), signature: base64url.max(1024) })
      .optional(),
  }),
  ...joining,
});

/** Answer (200) to an identity without proof; good for one request within two minutes. */
export const enrolChallenge = z.object({ challenge: base64url.length(43) });

/** What makes a machine a member: its certificate, where to connect, whom to believe. */
export const enrolAnswer = z.object({
  id,
  chain: z.array(pem).min(1).max(4),
  controllers: z
    .array(z.url({ protocol: /^wss$/ }).max(512))
    .min(1)
    .max(8),
  trustDomain: z.string().max(100),
  trust: trustSet,
});

/** Given with 202: the request waits for an administrator. */
export const enrolPending = z.object({
  pending: z.literal(true),
  retryAfterSeconds: z.int().min(1).max(3600),
});

/** Asks for a certificate for the same key; `csr` where the key is to change. */
export const renewRequest = z.strictObject({ csr: pem.optional() });
/** The new certificate, and the trust set of the moment. */
export const renewAnswer = z.object({ chain: z.array(pem).min(1).max(4), trust: trustSet });

/** What a device sends to join. */
export type EnrolRequest = z.infer<typeof enrolRequest>;
/** What a device sends to join by an identity of device management. */
export type IdentityRequest = z.infer<typeof identityRequest>;
/** What a joined device gets. */
export type EnrolAnswer = z.infer<typeof enrolAnswer>;
/** What a device with an expired certificate gets. */
export type RenewAnswer = z.infer<typeof renewAnswer>;

/** The content of an enrolment key: URL, id, secret (32 bytes), SHA-256 of the root's SPKI. */
export const enrolmentKey = z.strictObject({
  u: z.url({ protocol: /^https$/ }).max(200),
  k: id,
  s: base64url.length(43),
  p: base64url.length(43),
});

/** The content of an enrolment key. */
export type EnrolmentKey = z.infer<typeof enrolmentKey>;
