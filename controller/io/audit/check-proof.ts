/** Checks what a device said by its own signatures and certificates, without any controller. */
import { createHash, type KeyObject, verify, X509Certificate } from "node:crypto";
import { eventText, noPrevious } from "#shared/posture/event-text.ts";
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
  /** Events that do not follow the one before: signed, but of another chain, or there twice. */
  readonly torn: readonly string[];
  /** What the file tells of each run of the agent; nothing shows what lies beyond its ends. */
  readonly runs: readonly ProvedRun[];
  /** SHA-256 of the certificates whose keys signed. */
  readonly signers: readonly string[];
}

/** Events of one run (an epoch each): from its start to its end they are numbered. */
export interface ProvedRun {
  readonly first: string;
  readonly last: string;
  /** The event that the first one follows; null where the file does not hold it. */
  readonly after: string | null;
  /** It follows nothing: the device had said nothing before, or had lost what it said. */
  readonly isBeginning: boolean;
  /** Another event follows the same one: the device's state was copied or brought back. */
  readonly isForked: boolean;
}

interface Walked {
  readonly event: Item["event"];
  readonly proved: boolean;
}

function nameOf({ epoch, seq }: Item["event"]): string {
  return `${epoch}.${seq}`;
}

function digestOf(event: Item["event"]): string {
  return createHash("sha256").update(eventText(event)).digest("hex");
}

/** What may be left out is the name, which says nothing to a check. */
type CheckedProof = Pick<ProofPage, "certificates" | "items"> & {
  readonly device: Pick<ProofPage["device"], "id">;
};

/** Goes from the newest event to the oldest: a signature stands for its event, the chain for those before. */
export function checkProof({ device, certificates, items }: CheckedProof): ProofOutcome {
  // Another device's certificate shows what that one said.
  const keys = certificates
    .map((pem) => new X509Certificate(pem))
    .filter(({ subjectAltName }) => subjectAltName?.endsWith(`/${device.id}`) === true);
  const signers = new Set<string>();
  const [unproved, missing, torn]: [string[], string[], string[]] = [[], [], []];
  const declared = items.map((item) => item.event).filter(({ gap }) => gap !== undefined);
  let walked: Walked | null = null;
  for (const { event, signature } of items.toReversed()) {
    const digest = digestOf(event);
    const signer = signature === null ? undefined : signerOf(digest, signature, keys);
    if (signer !== undefined) signers.add(signer.fingerprint256.replaceAll(":", "").toLowerCase());
    const next: Walked | null = followerOf(walked, event);
    const proved = signer !== undefined || isLinked(next, event, digest);
    if (!proved) unproved.unshift(nameOf(event));
    const lacked = next === null ? null : firstLacked(event, next.event, declared);
    if (lacked !== null) missing.unshift(`${event.epoch}.${lacked}`);
    if (isTorn(next, event, digest)) torn.unshift(`${event.epoch}.${next?.event.seq}`);
    walked = { event, proved };
  }
  return {
    proved: items.length - unproved.length,
    unproved,
    missing,
    torn,
    runs: runsOf(items.map(({ event }) => event)),
    signers: [...signers].sort(),
  };
}

function runsOf(events: readonly Item["event"][]): readonly ProvedRun[] {
  const names = new Map(events.map((event) => [digestOf(event), nameOf(event)]));
  const followers = Map.groupBy(events, ({ prev }) => prev);
  return [...Map.groupBy(events, ({ epoch }) => epoch).values()].flatMap((run) => {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) return [];
    const isBeginning = first.prev === noPrevious;
    return {
      first: nameOf(first),
      last: nameOf(last),
      after: names.get(first.prev) ?? null,
      isBeginning,
      isForked: !isBeginning && (followers.get(first.prev)?.length ?? 0) > 1,
    };
  });
}

function followerOf(walked: Walked | null, event: Item["event"]): Walked | null {
  return walked?.event.epoch === event.epoch ? walked : null;
}

/** Returns the first number between two events that no gap record of their run declares lost, or null. */
function firstLacked(
  event: Item["event"],
  next: Item["event"],
  declared: readonly Item["event"][],
): number | null {
  let seq = event.seq + 1;
  while (seq < next.seq) {
    const { gap } = declared.find((one) => one.epoch === event.epoch && isIn(seq, one.gap)) ?? {};
    if (gap === undefined) return seq;
    seq = gap.to + 1;
  }
  return null;
}

function isIn(seq: number, gap: Item["event"]["gap"]): boolean {
  return gap !== undefined && gap.from <= seq && seq <= gap.to;
}

function isLinked(next: Walked | null, event: Item["event"], digest: string): boolean {
  if (next === null || next.event.seq !== event.seq + 1) return false;
  return next.proved && next.event.prev === digest;
}

function isTorn(next: Walked | null, event: Item["event"], digest: string): boolean {
  if (next === null || next.event.seq > event.seq + 1) return false;
  return next.event.seq <= event.seq || next.event.prev !== digest;
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
