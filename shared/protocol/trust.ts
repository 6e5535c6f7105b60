/** The keys an agent and its netd believe, signed by the issuing certificate (decision 0003). */
import { z } from "zod";
import { base64url, name, pem, spiffeId } from "./atoms.ts";

/** Ed25519 public key; `kid` is its RFC 7638 thumbprint. */
export const jwk = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: base64url.length(43),
  kid: base64url.length(43),
});

/** The key of one administrator for break-glass, with the root key's own signature over `breakGlassStatement`. */
export const breakGlassKey = jwk.extend({ holder: name, sig: base64url.length(86) });

/** Returns what the root key signs for a break-glass key. */
export function breakGlassStatement(key: {
  readonly holder: string;
  readonly kid: string;
}): string {
  return `{"holder":"${key.holder}","kid":"${key.kid}","use":"break-glass"}`;
}

const keys = z.array(jwk).min(1).max(4);

/** The keys of each purpose for one identity (`aud`); `version` only rises, `sig` covers all the rest. */
export const trustSet = z.strictObject({
  version: z.int().min(1),
  aud: spiffeId,
  roots: z.array(base64url.length(43)).min(1).max(2),
  configKeys: keys,
  grantKeys: keys,
  leaseKeys: keys,
  breakGlassKeys: z.array(breakGlassKey).max(16),
  killed: z.array(base64url.length(43)).max(64),
  chain: z.array(pem).min(2).max(4),
  sig: base64url.length(86),
});

/** The keys an agent and its netd believe. */
export type TrustSet = z.infer<typeof trustSet>;
/** A break-glass key as trust sets name it. */
export type BreakGlassKey = z.infer<typeof breakGlassKey>;
/** Ed25519 public key as JSON. */
export type Jwk = z.infer<typeof jwk>;
