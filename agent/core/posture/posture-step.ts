/** The steps of one posture transition, on a draft that grows into the next state. */
import { entryOf } from "#shared/posture/catalogue.ts";
import type { OperatingSystem, Tier } from "#shared/posture/catalogue-entry.ts";
import { conformReading } from "#shared/posture/conform.ts";
import { sameReading } from "#shared/posture/fact.ts";
import type { Fact, UnknownReason } from "#shared/posture/fact.ts";
import type { Moment } from "../moment.ts";
import type { CollectAnswer, CollectRequest } from "./collection.ts";
import { finished, isDue, isHung, started, wake } from "./group-run.ts";
import type { GroupRun } from "./group-run.ts";
import type { Known, PostureEffect, PostureState } from "./posture-state.ts";

/** A transition under way. */
export interface Draft {
  readonly os: OperatingSystem;
  readonly now: Moment;
  readonly known: Map<string, Known>;
  readonly failures: Map<string, UnknownReason>;
  readonly news: Map<string, Fact>;
  readonly requests: CollectRequest[];
  groups: readonly GroupRun[];
  nextRun: number;
}

/** Returns a draft of the state that may be changed. */
export function openDraft(state: PostureState, now: Moment): Draft {
  return {
    os: state.os,
    now,
    known: new Map(state.known),
    failures: new Map(state.failures),
    news: new Map(),
    requests: [],
    groups: state.groups,
    nextRun: state.nextRun,
  };
}

/** Returns the next state and what to do, news first: they may close access. */
export function closeDraft(draft: Draft): {
  readonly state: PostureState;
  readonly effects: readonly PostureEffect[];
} {
  const effects: PostureEffect[] = draft.requests.map((request) => ({ kind: "collect", request }));
  const facts = [...draft.news.values()].sort((left, right) => urgency(left) - urgency(right));
  if (facts.length > 0) effects.unshift({ kind: "publish", facts });
  const { os, groups, known, failures, nextRun } = draft;
  return { state: { os, groups, known, failures, nextRun }, effects };
}

/** Wakes the groups that read any of the signals. */
export function wakeSignals(draft: Draft, signals: readonly string[]): void {
  draft.groups = draft.groups.map((run) => {
    if (!run.group.signals.some((signal) => signals.includes(signal))) return run;
    const next = wake(run, draft.now.monotonicMs);
    if (next.limited && !run.limited) limit(draft, next);
    return next;
  });
}

/** Takes the answer of the current run of its group; late answers of given-up runs tell nothing. */
export function take(draft: Draft, answer: CollectAnswer): void {
  const run = draft.groups.find((state) => state.group.collector === answer.collector);
  if (run?.phase.kind !== "running" || run.phase.run !== answer.run) return;
  const told = new Set(answer.facts.map((fact) => fact.signal));
  const missing = run.group.signals.filter((signal) => !told.has(signal));
  const repeat = answer.again === true || missing.length > 0 || answer.facts.some(mayPass);
  const next = finish(draft, run, repeat);
  if (next.limited) {
    limit(draft, next);
    return;
  }
  observe(draft, answer.facts);
  fail(draft, missing, answer.failed ?? "no_data");
}

/** Takes facts in, held to the catalogue. */
export function observe(draft: Draft, facts: readonly Fact[]): void {
  for (const fact of facts) {
    const entry = entryOf(fact.signal);
    if (entry === undefined) continue;
    draft.failures.delete(fact.signal);
    const reading = conformReading(entry, fact.reading);
    tell(draft, { ...fact, reading, freshForMs: entry.freshForMs });
  }
}

/** Ends runs whose collector stays silent beyond its deadline. */
export function giveUpOnHung(draft: Draft): void {
  for (const run of draft.groups) {
    if (!isHung(run, draft.now.monotonicMs)) continue;
    const next = finish(draft, run, true);
    if (next.limited) limit(draft, next);
    else fail(draft, run.group.signals, "timeout");
  }
}

/** Turns readings unknown that nobody could confirm for too long. */
export function giveUpOnOld(draft: Draft): void {
  for (const [signal, known] of draft.known) {
    if (known.fact.reading.kind === "unknown" || endOf(known) > draft.now.monotonicMs) continue;
    tell(draft, unknownFact(signal, draft.failures.get(signal) ?? "timeout", draft.now));
  }
}

/** Starts the groups whose time has come. */
export function startDue(draft: Draft): void {
  draft.groups = draft.groups.map((run) => {
    if (!isDue(run, draft.now.monotonicMs)) return run;
    const { collector, signals, deadlineMs } = run.group;
    const number = draft.nextRun++;
    draft.requests.push({ run: number, collector, signals, deadlineMs });
    return started(run, number, draft.now.monotonicMs);
  });
}

/**
 * Returns when an unconfirmed reading turns unknown: before its freshness ends at the controller,
 * because a beat speaks for a whole tier and one silent collector must not age its neighbours.
 */
export function endOf(known: Known): number {
  return known.checkedAt + (known.fact.freshForMs * 5) / 6;
}

/** Reasons that the next look may not find any more; the others stand until something changes. */
const passing: ReadonlySet<UnknownReason> = new Set(["timeout", "parse", "permission", "no_data"]);

function mayPass({ reading }: Fact): boolean {
  return reading.kind === "unknown" && passing.has(reading.reason);
}

function finish(draft: Draft, run: GroupRun, failed: boolean): GroupRun {
  const { monotonicMs: now, random: jitter } = draft.now;
  const next = finished(run, { now, jitter, failed });
  draft.groups = draft.groups.map((other) => (other === run ? next : other));
  return next;
}

function limit(draft: Draft, run: GroupRun): void {
  for (const signal of run.group.signals) {
    tell(draft, unknownFact(signal, "rate_limited", draft.now));
  }
}

/** A failed look keeps the last value until it grows old; where there is none, it is the answer. */
function fail(draft: Draft, signals: readonly string[], reason: UnknownReason): void {
  for (const signal of signals) {
    draft.failures.set(signal, reason);
    const known = draft.known.get(signal);
    if (known === undefined || known.fact.reading.kind === "unknown") {
      tell(draft, unknownFact(signal, reason, draft.now));
    }
  }
}

function tell(draft: Draft, fact: Fact): void {
  const last = draft.known.get(fact.signal)?.fact;
  if (last === undefined || !sameReading(last.reading, fact.reading)) {
    draft.news.set(fact.signal, fact);
  }
  draft.known.set(fact.signal, { fact, checkedAt: draft.now.monotonicMs });
}

/** SHA-256 of no bytes: what the machine itself says has no source text. */
const emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function unknownFact(signal: string, reason: UnknownReason, now: Moment): Fact {
  return {
    signal,
    reading: { kind: "unknown", reason },
    observedAt: now.wallAt,
    freshForMs: entryOf(signal)?.freshForMs ?? 60_000,
    source: "self",
    collector: "schedule",
    collectorVersion: 1,
    evidence: { sha256: emptyDigest, bytes: 0, tookMs: 0 },
  };
}

const tierOrder: readonly Tier[] = ["hot", "warm", "cold"];

/** Facts that can close something go first: hot before cold, anything but true before true. */
function urgency(fact: Fact): number {
  const tier = tierOrder.indexOf(entryOf(fact.signal)?.tier ?? "cold");
  const good = fact.reading.kind === "known" && fact.reading.value === true;
  return tier * 2 + (good ? 1 : 0);
}
