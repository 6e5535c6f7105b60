/** Checks what a device said by its own signatures and certificates, without any controller. */
import { createHash, type KeyObject, verify, X509Certificate } from "node:crypto";
import { eventText } from "#shared/posture/event-text.ts";
import type { ProofPage } from "#shared/protocol/api/proof.ts";

type Item = ProofPage["items"][number];

/** What came out of it; events are named `EPOCH.SEQ`. */
export interface ProofOutcome {
  /** Signed by the device, themselves or by the event that follows. */
  readonly proved: number;
  /** Not covered by any signature: not yet, or changed since. */
  readonly unproved: readonly string[];
  /** Numbers that are missing between two events, and not declared lost by the device. */
  readonly missing: readonly string[];
  /** SHA-256 of the certificates whose keys signed. */
  readonly signers: readonly string[];
}

interface Walked {
  readonly event: Item["event"];
  readonly proved: boolean;
}

/** Goes from the newest event to the oldest: a signature stands for its event, the chain for those before. */
export function checkProof({
  certificates,
  items,
}: Pick<ProofPage, "certificates" | "items">): ProofOutcome {
  const keys = certificates.map((pem) => new X509Certificate(pem));
  const signers = new Set<string>();
  const [unproved, missing]: [string[], string[]] = [[], []];
  let walked: Walked | null = null;
  for (const { event, signature } of items.toReversed()) {
    const digest = createHash("sha256").update(eventText(event)).digest("hex");
    const signer = signature === null ? undefined : signerOf(digest, signature, keys);
    if (signer !== undefined) signers.add(signer.fingerprint256.replaceAll(":", "").toLowerCase());
    const next: Walked | null = followerOf(walked, event);
    const proved = signer !== undefined || isLinked(next, event, digest);
    if (!proved) unproved.unshift(`${event.epoch}.${event.seq}`);
    const first = next === null ? null : (next.event.gap?.from ?? next.event.seq);
    if (first !== null && first > event.seq + 1) missing.unshift(`${event.epoch}.${event.seq + 1}`);
    walked = { event, proved };
  }
  return {
    proved: items.length - unproved.length,
    unproved,
    missing,
    signers: [...signers].sort(),
  };
}

function followerOf(walked: Walked | null, event: Item["event"]): Walked | null {
  return walked?.event.epoch === event.epoch ? walked : null;
}

function isLinked(next: Walked | null, event: Item["event"], digest: string): boolean {
  if (next === null || next.event.seq !== event.seq + 1) return false;
  return next.proved && next.event.prev === digest;
}

function signerOf(
  digest: string,
  signature: string,
  certificates: readonly X509Certificate[],
): X509Certificate | undefined {
  const bytes = Buffer.from(signature, "base64url");
  return certificates.find(
    ({ publicKey }) => bytes.length === 64 && holds(digest, bytes, publicKey),
  );
}

function holds(digest: string, signature: Buffer, publicKey: KeyObject): boolean {
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  return verify("sha256", Buffer.from(digest), key, signature);
}
