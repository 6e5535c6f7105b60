/** Signs configs, grants and lease lists as compact JWS (RFC 7515, Ed25519 by RFC 9864). */
import { sign } from "node:crypto";
import type { SignedHeader, SignedType } from "#shared/grant/claims.ts";
import type { KeyPurpose, SigningKey } from "./signing-key.ts";

/** The purpose whose key signs each type; netd refuses any other pairing. */
const purposeOf = {
  "config+jwt": "config",
  "grant+jwt": "grant",
  "leases+jwt": "lease",
} as const satisfies Record<SignedType, KeyPurpose>;

/** Returns the compact JWS; throws where the key is not of the type's purpose. */
export function signJws(typ: SignedType, payload: object, key: SigningKey): string {
  if (key.purpose !== purposeOf[typ]) throw new Error(`a ${key.purpose} key must not sign ${typ}`);
  const header: SignedHeader = { alg: "Ed25519", typ, kid: key.publicJwk.kid };
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key.privateKey).toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
