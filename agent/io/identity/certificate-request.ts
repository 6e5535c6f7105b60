/**
 * PKCS#10 (RFC 2986) by hand: an empty subject, the key and its proof of possession. The controller
 * names us, so a request carries nothing else, and 40 lines of DER spare a certificate library.
 */
import { createPublicKey, type KeyObject, sign } from "node:crypto";

/** Returns the PEM of a certificate request signed by a P-256 key. */
export function makeRequest(privateKey: KeyObject): string {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const version = Buffer.from([0x02, 0x01, 0x00]);
  const attributes = Buffer.from([0xa0, 0x00]);
  const info = sequence(version, sequence(), spki, attributes);
  const signature = sign("sha256", info, privateKey);
  const request = sequence(info, sequence(ecdsaWithSha256), bitString(signature));
  const lines = request.toString("base64").match(/.{1,64}/g) ?? [];
  return [
    "-----BEGIN CERTIFICATE REQUEST-----",
    ...lines,
    "-----END CERTIFICATE REQUEST-----",
    "",
  ].join("\n");
}

/** OBJECT IDENTIFIER 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = Buffer.from([6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}
