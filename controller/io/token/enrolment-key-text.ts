/** The text of an enrolment key: `sp1_` + base64url(JSON + first 4 bytes of its SHA-256). */
import { createHash, randomBytes } from "node:crypto";
import { enrolmentKey, type EnrolmentKey } from "#shared/protocol/enrolment.ts";

const prefix = "sp1_";

/** A new secret and what the store keeps of it. */
export interface EnrolmentSecret {
  readonly secret: string;
  readonly secretHash: string;
}

/** Returns a new secret of 32 bytes; its hash is over the bytes, not over their text. */
export function makeEnrolmentSecret(): EnrolmentSecret {
  const bytes = randomBytes(32);
  return {
    secret: bytes.toString("base64url"),
    secretHash: createHash("sha256").update(bytes).digest("base64url"),
  };
}

/** Returns the one text that a device needs to join; at most 512 characters. */
export function enrolmentKeyText(content: EnrolmentKey): string {
  const json = Buffer.from(JSON.stringify(enrolmentKey.parse(content)));
  const check = createHash("sha256").update(json).digest().subarray(0, 4);
  return prefix + Buffer.concat([json, check]).toString("base64url");
}
