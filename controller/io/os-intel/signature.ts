/** Signs and opens bundles of what vendors published; a publisher is an Ed25519 key of its own. */
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { osIntelBytesMax, osIntelBundle, type OsIntelBundle } from "#shared/protocol/os-intel.ts";

const header = { alg: "Ed25519", typ: "os-intel+jws" };

/** Returns the compact JWS of a bundle. */
export function signOsIntel(bundle: OsIntelBundle, privateKey: KeyObject): string {
  const signed = `${encode(header)}.${encode(bundle)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

/** Returns the bundle, or why it is none; every byte of the header is ours or it is refused. */
export function openOsIntel(
  jws: string,
  publisher: KeyObject,
): { readonly bundle: OsIntelBundle } | { readonly why: string } {
  const [head, body, signature, ...rest] = jws.trim().split(".");
  if (jws.length > osIntelBytesMax) return { why: "it is too long" };
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) {
    return { why: "it is no signed bundle" };
  }
  if (head !== encode(header)) return { why: "it is signed as something else" };
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify(null, signed, publisher, Buffer.from(signature, "base64url"))) {
    return { why: "its signature is not the publisher's" };
  }
  return parse(Buffer.from(body, "base64url").toString("utf8"));
}

function parse(text: string): { bundle: OsIntelBundle } | { why: string } {
  try {
    return { bundle: osIntelBundle.parse(JSON.parse(text)) };
  } catch (error) {
    return { why: `its content: ${(error instanceof Error ? error.message : "").slice(0, 200)}` };
  }
}

/** Returns a publisher's public key from PEM or from its base64url form; null when it is none. */
export function publisherKey(text: string): KeyObject | null {
  try {
    const key = text.includes("-----BEGIN")
      ? createPublicKey(text)
      : createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text.trim() }, format: "jwk" });
    return key.asymmetricKeyType === "ed25519" ? key : null;
  } catch {
    return null;
  }
}

/** Returns the base64url form by which a publisher is kept. */
export function publisherName(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ format: "jwk" }).x ?? "";
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
