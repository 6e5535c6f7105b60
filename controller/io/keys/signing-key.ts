/** Ed25519 keys: one per purpose, so that a key for configs can never sign a grant. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Jwk } from "#shared/protocol/trust.ts";

/** What a key that netd believes may sign. */
export const objectPurposes = ["config", "grant", "lease"] as const;

/** What a key that netd believes may sign. */
export type ObjectPurpose = (typeof objectPurposes)[number];

/** What a key may sign. */
export const keyPurposes = [...objectPurposes, "audit"] as const;

/** What a key may sign. */
export type KeyPurpose = (typeof keyPurposes)[number];

/** A private key with its public half as netd knows it. */
export interface SigningKey {
  readonly purpose: KeyPurpose;
  readonly privateKey: KeyObject;
  readonly publicJwk: Jwk;
}

/** Returns a new private key as PKCS#8 DER, for sealing. */
export function generateSigningKey(): Buffer {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ type: "pkcs8", format: "der" });
}

/** Returns the key of PKCS#8 DER with its RFC 7638 thumbprint as `kid`. */
export function readSigningKey(purpose: KeyPurpose, pkcs8: Buffer): SigningKey {
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (privateKey.asymmetricKeyType !== "ed25519" || x === undefined) {
    throw new Error("a signing key must be Ed25519");
  }
  const publicJwk = { kty: "OKP", crv: "Ed25519", x, kid: thumbprint("Ed25519", x) } as const;
  return { purpose, privateKey, publicJwk };
}

/** Returns the RFC 7638 thumbprint of an OKP key; `x` is base64url of its 32 bytes. */
export function thumbprint(curve: "Ed25519" | "X25519", x: string): string {
  const members = `{"crv":"${curve}","kty":"OKP","x":"${x}"}`;
  return createHash("sha256").update(members).digest("base64url");
}
