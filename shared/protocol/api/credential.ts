/** Enrolment keys, tokens of administrators and signing keys as the admin API shows them. */
import { z } from "zod";
import { breakGlassKey } from "../trust.ts";
import { instant, listOf, words } from "./answer-atoms.ts";
import { stepEffect } from "./step.ts";

/** An enrolment key; its secret is never told again. */
const enrolKeyShown = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  site: z.string().nullable(),
  usesMax: z.number(),
  uses: z.number(),
  approval: z.string(),
  createdBy: z.string(),
  groups: words,
  allowedFrom: words.optional(),
  byIdentity: z.boolean(),
  state: z.enum(["open", "used up", "expired", "revoked"]),
  createdAt: instant.nullable(),
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  revokedAt: instant.nullable(),
});

/** Enrolment keys, newest first. */
export const enrolKeyList = listOf(enrolKeyShown);

/** Who was refused to join, newest first: of many refusals at once few are kept, each with how many were not. */
export const refusedJoiningList = listOf(
  z.object({
    seq: z.number(),
    at: instant.nullable(),
    /** The id that was named; null where none was. */
    key: z.string().nullable(),
    keyName: z.string().nullable(),
    code: z.string(),
    title: z.string(),
    detail: z.string(),
    /** As the machine calls itself; null where it showed no secret of ours. */
    hostname: z.string().nullable(),
    remoteAddress: z.string(),
    leftOut: z.number(),
  }),
);

/** A new enrolment key: its text this once, or where identities of device management may show themselves. */
export const enrolKeyMade = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  usesMax: z.number(),
  approval: z.string(),
  expiresAt: instant.nullable(),
  key: z.string().optional(),
  controller: z.string().optional(),
  rootPin: z.string().optional(),
});

/** What was ended. */
export const revoked = z.object({
  id: z.string(),
  name: z.string(),
  state: z.literal("revoked"),
});

/** A token; not even its hash. */
const tokenShown = z.object({
  id: z.string(),
  name: z.string(),
  admin: z.string(),
  role: z.string(),
  state: z.enum(["live", "expired", "revoked"]),
  createdBy: z.string(),
  createdAt: instant.nullable(),
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
});

/** Tokens, newest first. */
export const tokenList = listOf(tokenShown);

/** A new token; its text is told this once. */
export const tokenMade = z.object({
  id: z.string(),
  name: z.string(),
  admin: z.string(),
  role: z.string(),
  expiresAt: instant.nullable(),
  token: z.string(),
});

/** The keys that sign configs, grants and lease lists. */
export const signingKeyList = listOf(
  z.object({
    kid: z.string(),
    purpose: z.enum(["config", "grant", "lease"]),
    state: z.enum(["announced", "signs", "believed"]),
    activeFromAt: instant.nullable(),
    retiresAt: instant.nullable(),
  }),
);

/** The keys after new ones were made. */
export const signingKeysRotated = signingKeyList.extend(stepEffect.shape);

/** Keys of break-glass, and the root that vouches for them. */
export const breakGlassKeyList = listOf(breakGlassKey).extend({ rootPem: z.string() });

/** A key of break-glass that counts no longer. */
export const breakGlassKeyRevoked = z.object({
  kid: z.string(),
  holder: z.string(),
  state: z.literal("revoked"),
});

/** What was opened by break-glass. */
export const breakGlassList = listOf(
  z.object({
    jti: z.string(),
    gateway: z.string(),
    device: z.string(),
    resources: words,
    holders: words,
    reason: z.string(),
    openedAt: instant.nullable(),
    untilAt: instant.nullable(),
    reportedAt: instant.nullable(),
  }),
);

/** What a break-glass file must name of a device or gateway. */
export const breakGlassCard = z.object({
  kind: z.enum(["device", "gateway"]),
  name: z.string(),
  spiffe: z.string(),
  publicKey: z.string().optional(),
  addresses: words.optional(),
});

/** An enrolment key without its secret. */
export type EnrolKeyShown = z.infer<typeof enrolKeyShown>;
/** A new token with its text. */
export type TokenMade = z.infer<typeof tokenMade>;
/** A new enrolment key, with its text. */
export type EnrolKeyMade = z.infer<typeof enrolKeyMade>;
/** A token; not even its hash. */
export type TokenShown = z.infer<typeof tokenShown>;
