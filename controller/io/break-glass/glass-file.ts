/** Break-glass files (RFC 7515 JWS JSON): drafted and signed offline, verified by the gateway's netd. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { CodedError } from "#shared/base/coded-error.ts";
import {
  type GlassFile,
  glassFile,
  type GlassPayload,
  glassPayload,
} from "#shared/protocol/break-glass.ts";
import type { Jwk } from "#shared/protocol/trust.ts";
import { thumbprint } from "../keys/signing-key.ts";

const signaturesMax = 2;

/** Returns a new private key as PEM with its public half. */
export function makeGlassKey(): { readonly pem: string; readonly publicJwk: Jwk } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return { pem, publicJwk: publicJwkOf(privateKey) };
}

/** Throws SP-703 where the key is none of ours. */
function publicJwkOf(key: KeyObject): Jwk {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  if (key.asymmetricKeyType !== "ed25519" || x === undefined) {
    throw new CodedError("SP-703", { why: "a break-glass key is an Ed25519 key" });
  }
  return { kty: "OKP", crv: "Ed25519", x, kid: thumbprint("Ed25519", x) };
}

/** Returns the file without signatures. */
export function draftFile(payload: GlassPayload): GlassFile {
  const text = JSON.stringify(glassPayload.parse(payload));
  return { payload: Buffer.from(text).toString("base64url"), signatures: [] };
}

/** Returns what a file opens; throws SP-703. */
export function readPayload(file: GlassFile): GlassPayload {
  const payload = glassPayload.safeParse(parsedJson(Buffer.from(file.payload, "base64url")));
  if (payload.success) return payload.data;
  throw new CodedError("SP-703", { why: "the file holds no break-glass" });
}

/** Reads a file; throws SP-703. */
export function readGlassFile(text: string): GlassFile {
  const file = glassFile.safeParse(parsedJson(Buffer.from(text)));
  if (file.success) return file.data;
  throw new CodedError("SP-703", { why: "this is no break-glass file" });
}

/** Returns the file with one more signature; a third, or a second by the same key, is refused. */
export function signFile(file: GlassFile, privatePem: string): GlassFile {
  const key = readPrivate(privatePem);
  const { kid } = publicJwkOf(key);
  if (file.signatures.length >= signaturesMax) {
    throw new CodedError("SP-705", { why: "the file has its two signatures" });
  }
  const header = JSON.stringify({ alg: "Ed25519", typ: "breakglass+jws", kid });
  const head = Buffer.from(header).toString("base64url");
  if (file.signatures.some((one) => one.protected === head)) {
    throw new CodedError("SP-705", {
      why: "this key signed it already; another administrator must",
    });
  }
  const bytes = sign(null, Buffer.from(`${head}.${file.payload}`), key);
  const signature = bytes.toString("base64url");
  return { ...file, signatures: [...file.signatures, { protected: head, signature }] };
}

function readPrivate(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CodedError("SP-703", { why: "this is no private key" }, { cause: error });
  }
}

function parsedJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    // Whoever asked says in its own words that it is none.
    return null;
  }
}
