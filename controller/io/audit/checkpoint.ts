/**
 * Signed checkpoints of the decision log: who rewrites the chain from some line on has to forge the
 * audit key too, and who cuts its end off is seen by a checkpoint that was kept elsewhere.
 */
import { createPublicKey, sign, verify } from "node:crypto";
import { z } from "zod";
import { base64url } from "#shared/protocol/atoms.ts";
import { jwk, type Jwk } from "#shared/protocol/trust.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import type { ChainHead } from "./chain.ts";

/** What a checkpoint says: the head before it, signed. */
export interface Checkpoint extends ChainHead {
  readonly kid: string;
  readonly sig: string;
}

const line = z.object({
  kind: z.literal("checkpoint"),
  body: z.object({
    seq: z.int(),
    hash: z.string(),
    kid: base64url.length(43),
    sig: base64url.length(86),
  }),
});

/** Returns the checkpoint of a head. */
export function signCheckpoint(head: ChainHead, key: SigningKey): Checkpoint {
  const sig = sign(null, signedBytes(head), key.privateKey).toString("base64url");
  return { seq: head.seq, hash: head.hash, kid: key.publicJwk.kid, sig };
}

/** Tells what a line is: no checkpoint, a good one of the head before it, or a bad one. */
export function judgeCheckpoint(
  text: string,
  before: ChainHead | null,
  key: Jwk,
): "none" | "good" | "bad" {
  const parsed = line.safeParse(JSON.parse(text));
  if (!parsed.success) return text.includes('"kind":"checkpoint"') ? "bad" : "none";
  const { seq, hash, kid, sig } = parsed.data.body;
  const follows = before === null || (before.seq === seq && before.hash === hash);
  if (!follows || kid !== key.kid) return "bad";
  const publicKey = createPublicKey({ key, format: "jwk" });
  const good = verify(null, signedBytes({ seq, hash }), publicKey, Buffer.from(sig, "base64url"));
  return good ? "good" : "bad";
}

/** Returns the public key of a file's text, or null where it is none. */
export function parseAuditKey(text: string): Jwk | null {
  try {
    return jwk.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function signedBytes({ seq, hash }: ChainHead): Buffer {
  return Buffer.from(`sallyport-decision-log\n${seq}\n${hash}\n`);
}
