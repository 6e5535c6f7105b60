/**
 * Which events of one epoch of one device arrived, and which are durable. Names are sequence numbers;
 * the same number with another digest is a conflict, never a replacement. One that follows another
 * event than ours is a fork, and so is whatever follows that.
 */

/** What an arriving event is. */
export type Arrival =
  | "new"
  /** Known with the same digest. */
  | "duplicate"
  /** Known with another digest. */
  | "conflict"
  /** Follows another event than the one that is held under the number before. */
  | "forked"
  /** Follows an event that was not taken. */
  | "offshoot"
  /** Below what is remembered: only the store can compare it. */
  | "forgotten"
  /** Further ahead than a spool can be. */
  | "outOfRange";

/** Book of one epoch. */
export interface Ledger {
  /** Highest sequence number below which everything is durable. */
  contiguous: number;
  /** Digests above `contiguous`. */
  readonly held: Map<number, { readonly digest: string; durable: boolean }>;
  /** Digests at and below `contiguous`, the most recent ones, for comparison. */
  readonly recent: Map<number, string>;
  /** Digests of conflicts and forks, the most recent ones: what follows them is not taken either. */
  readonly refused: Set<string>;
  /** Durable gaps that the device declared, ends inclusive. */
  readonly gaps: { readonly from: number; readonly to: number }[];
}

const spoolSpan = 200_000;
const recentMax = 256;
const gapsMax = 1_000;

/** What names an event and its place in the chain. */
export interface ChainLink {
  readonly seq: number;
  readonly prev: string;
  readonly digest: string;
}

/** Returns a ledger whose first `contiguous` events are durable; `digest` names the last of them. */
export function openLedger(contiguous = 0, digest = ""): Ledger {
  const recent = new Map(contiguous > 0 && digest !== "" ? [[contiguous, digest]] : []);
  return { contiguous, held: new Map(), recent, refused: new Set(), gaps: [] };
}

/** Tells what the event is and, when it is new, holds its name until `settle` or `forget`. */
export function arrive(ledger: Ledger, { seq, prev, digest }: ChainLink): Arrival {
  const known = digestOf(ledger, seq);
  if (known === digest) return "duplicate";
  if (known !== undefined) return refuse(ledger, digest, "conflict");
  if (seq <= ledger.contiguous) return "forgotten";
  if (seq > ledger.contiguous + spoolSpan) return "outOfRange";
  const former = digestOf(ledger, seq - 1);
  if (former !== undefined && former !== prev) return refuse(ledger, digest, "forked");
  if (former === undefined && ledger.refused.has(prev)) return refuse(ledger, digest, "offshoot");
  ledger.held.set(seq, { digest, durable: false });
  return "new";
}

function digestOf({ held, recent }: Ledger, seq: number): string | undefined {
  return held.get(seq)?.digest ?? recent.get(seq);
}

function refuse(ledger: Ledger, digest: string, arrival: Arrival): Arrival {
  ledger.refused.add(digest);
  const [oldest] = ledger.refused;
  if (ledger.refused.size > recentMax && oldest !== undefined) ledger.refused.delete(oldest);
  return arrival;
}

/** Marks events as durable and moves the contiguous end forward. */
export function settle(ledger: Ledger, seqs: readonly number[]): void {
  for (const seq of seqs) {
    const entry = ledger.held.get(seq);
    if (entry !== undefined) entry.durable = true;
  }
  advance(ledger);
}

/** Takes note of a durable gap record: the numbers from..to will never come. */
export function settleGap(ledger: Ledger, from: number, to: number): void {
  if (to < from || ledger.gaps.length >= gapsMax) return;
  ledger.gaps.push({ from, to });
  advance(ledger);
}

/** Lets go of events whose write failed, so that they are new when they come again. */
export function forget(ledger: Ledger, seqs: readonly number[]): void {
  for (const seq of seqs) {
    if (ledger.held.get(seq)?.durable === false) ledger.held.delete(seq);
  }
}

function advance(ledger: Ledger): void {
  for (;;) {
    const next = ledger.contiguous + 1;
    const entry = ledger.held.get(next);
    if (entry?.durable === true) {
      ledger.held.delete(next);
      remember(ledger, next, entry.digest);
      ledger.contiguous = next;
      continue;
    }
    const gap = ledger.gaps.findIndex(({ from, to }) => from <= next && next <= to);
    const end = ledger.gaps[gap]?.to;
    if (end === undefined) return;
    ledger.gaps.splice(gap, 1);
    ledger.contiguous = end;
    for (const seq of ledger.held.keys()) if (seq <= end) ledger.held.delete(seq);
  }
}

function remember(ledger: Ledger, seq: number, digest: string): void {
  ledger.recent.set(seq, digest);
  if (ledger.recent.size <= recentMax) return;
  const oldest = ledger.recent.keys().next().value;
  if (oldest !== undefined) ledger.recent.delete(oldest);
}
