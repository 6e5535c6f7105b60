/** What is held of one identity's posture: facts, the books of its events, and its beat. */
import { factsText } from "#shared/posture/facts-text.ts";
import type { Context } from "../context.ts";
import type { HeldFact, LedgerRow } from "../row.ts";
import type { Posture } from "../state.ts";
import { type Ledger, openLedger } from "./ledger.ts";

const ledgersMax = 64;
const factsMax = 256;

/** Returns the posture of an identity from what the store held of it. */
export function openPosture(facts: readonly HeldFact[], ledgers: readonly LedgerRow[]): Posture {
  return {
    facts: new Map(facts.map((held) => [held.fact.signal, held])),
    ledgers: new Map(ledgers.map((row) => [row.epoch, openLedger(row.seq, row.digest)])),
    epoch: "",
    digest: null,
    views: null,
    lastBeatAt: 0,
    recheckedAt: 0,
  };
}

/** Returns the book of an epoch, opened where it is new; the least recently opened of 64 is given up. */
export function ledgerOf(posture: Posture, epoch: string): Ledger {
  const known = posture.ledgers.get(epoch);
  if (known !== undefined) return known;
  const ledger = openLedger();
  posture.ledgers.set(epoch, ledger);
  const [oldest] = posture.ledgers.keys();
  if (posture.ledgers.size > ledgersMax && oldest !== undefined) posture.ledgers.delete(oldest);
  return ledger;
}

/** Keeps a fact unless a newer one is held; tells whether it was taken. */
export function keepFact(posture: Posture, held: HeldFact): boolean {
  const former = posture.facts.get(held.fact.signal);
  if (former !== undefined && !isNewer(posture, held, former)) return false;
  if (former === undefined && posture.facts.size >= factsMax) return false;
  posture.facts.set(held.fact.signal, held);
  posture.digest = null;
  posture.views = null;
  return true;
}

/** Returns the digest of all held readings, as a beat names it. */
export function factsDigest(posture: Posture, context: Context): string {
  posture.digest ??= context.sha256Hex(factsText(readingsOf(posture.facts.values())));
  return posture.digest;
}

/** Returns the digest of the readings of the epoch that is being written: a new agent run knows only those. */
export function epochDigest(posture: Posture, context: Context): string {
  const current = [...posture.facts.values()].filter(({ epoch }) => epoch === posture.epoch);
  return context.sha256Hex(factsText(readingsOf(current)));
}

function readingsOf(facts: Iterable<HeldFact>): readonly HeldFact["fact"][] {
  return [...facts].map(({ fact }) => fact);
}

/** The epoch being written wins over former ones; within one epoch the higher number is the newer. */
function isNewer(posture: Posture, held: HeldFact, former: HeldFact): boolean {
  if (held.epoch === former.epoch) return held.seq > former.seq;
  return former.epoch !== posture.epoch;
}
