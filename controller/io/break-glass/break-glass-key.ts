/** Keys of break-glass: the root signs for each, so that a taken controller can add none. */
import { createPublicKey, type KeyObject, sign, verify, X509Certificate } from "node:crypto";
import { type BreakGlassKey, breakGlassStatement, type Jwk } from "#shared/protocol/trust.ts";
import { thumbprint } from "../keys/signing-key.ts";

/** Returns a key with the root's signature (ECDSA P-256, r and s). */
export function vouchFor(key: Jwk, holder: string, rootKey: KeyObject): BreakGlassKey {
  const statement = Buffer.from(breakGlassStatement({ holder, kid: key.kid }));
  const sig = sign("sha256", statement, { key: rootKey, dsaEncoding: "ieee-p1363" });
  return { ...key, holder, sig: sig.toString("base64url") };
}

/** Tells whether the root of this installation signed for the key, and the key is named by itself. */
export function isVouched(key: BreakGlassKey, rootPem: string): boolean {
  const signature = Buffer.from(key.sig, "base64url");
  const root = { key: new X509Certificate(rootPem).publicKey, dsaEncoding: "ieee-p1363" } as const;
  if (thumbprint("Ed25519", key.x) !== key.kid) return false;
  return verify("sha256", Buffer.from(breakGlassStatement(key)), root, signature);
}

/** Tells whether a root key is the one of a certificate. */
export function isKeyOf(rootKey: KeyObject, rootPem: string): boolean {
  const spki = (key: KeyObject) => key.export({ type: "spki", format: "der" });
  return spki(createPublicKey(rootKey)).equals(spki(new X509Certificate(rootPem).publicKey));
}
