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
  type BreakGlassFile,
  breakGlassFile,
  type BreakGlassPayload,
  breakGlassPayload,
} from "#shared/protocol/break-glass.ts";
import type { Jwk } from "#shared/protocol/trust.ts";
import { thumbprint } from "../keys/signing-key.ts";

const signaturesMax = 2;

/** Returns a new private key as PEM with its public half. */
export function makeBreakGlassKey(): { readonly pem: string; readonly publicJwk: Jwk } {
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
export function draftFile(payload: BreakGlassPayload): BreakGlassFile {
  const text = JSON.stringify(checkedPayload(payload));
  return { payload: Buffer.from(text).toString("base64url"), signatures: [] };
}

/** Returns what a file opens; throws SP-703. */
export function readPayload(file: BreakGlassFile): BreakGlassPayload {
  return checkedPayload(parsedJson(Buffer.from(file.payload, "base64url").toString()));
}

function checkedPayload(value: unknown): BreakGlassPayload {
  const checked = breakGlassPayload.safeParse(value);
  if (checked.success) return checked.data;
  const [first] = checked.error.issues;
  const why = `this is no break-glass: ${first?.path.join(".") ?? ""}: ${first?.message ?? ""}`;
  throw new CodedError("SP-703", { why });
}

/** Reads a file; throws SP-703. */
export function readBreakGlassFile(text: string): BreakGlassFile {
  const file = breakGlassFile.safeParse(parsedJson(text));
  if (file.success) return file.data;
  throw new CodedError("SP-703", { why: "this is no break-glass file" });
}

/** Returns the file signed once more; refuses a third, a repeated key, and what no gateway takes. */
export function signFile(file: BreakGlassFile, privatePem: string): BreakGlassFile {
  readPayload(file);
  const key = readPrivateKey(privatePem);
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

/** Reads a private key; throws SP-703. */
export function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CodedError("SP-703", { why: "this is no private key" }, { cause: error });
  }
}

/** Returns the value of a JSON text, or null where it is none: whoever asked says so in its own words. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
