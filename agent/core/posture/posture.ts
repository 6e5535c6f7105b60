/**
 * The posture machine: decides when collectors run and which facts are news. Events of the system
 * only trigger a new look; they never carry a value. Pure: effects are values, time comes in.
 */
import type { PostureEffect, PostureState } from "./posture-state.ts";
import { catalogue, entryOf } from "#shared/posture/catalogue.ts";
import type { OperatingSystem, Tier } from "#shared/posture/catalogue-entry.ts";
import type { Fact } from "#shared/posture/fact.ts";
import { factsText } from "#shared/posture/facts-text.ts";
import type { Deadline, Moment } from "../moment.ts";
import { earliest } from "../moment.ts";
import type { CollectAnswer } from "./collection.ts";
import { freshRun, wantsAt } from "./group-run.ts";
import { groupsOf } from "./groups.ts";
import {
  closeDraft,
  endOf,
  giveUpOnHung,
  giveUpOnOld,
  observe,
  openDraft,
  startDue,
  take,
  wakeSignals,
} from "./posture-step.ts";

/** What happened, as far as posture is concerned. */
export type PostureInput =
  /** An event source saw something move that these signals depend on. */
  | { readonly kind: "changed"; readonly signals: readonly string[] }
  | { readonly kind: "collected"; readonly answer: CollectAnswer }
  /** Facts that another part of the agent made, for example about tampered routes. */
  | { readonly kind: "reported"; readonly facts: readonly Fact[] }
  /** Somebody wants a fresh look: a command, waking up, another network. All signals by default. */
  | { readonly kind: "recheck"; readonly signals?: readonly string[] }
  | { readonly kind: "tick" };

/** Returns a machine whose groups are all due at once. */
export function createPosture(os: OperatingSystem, now: Moment): PostureState {
  return {
    os,
    groups: groupsOf(os).map((group) => freshRun(group, now.monotonicMs)),
    known: new Map(),
    failures: new Map(),
    nextRun: 1,
  };
}

/**
 * Begins or stops to look at the machine. A look under way is let go; facts that were read stay
 * until they are too old.
 */
export function setChecking(state: PostureState, on: boolean, now: Moment): PostureState {
  if (on === state.groups.length > 0) return state;
  return { ...state, groups: on ? createPosture(state.os, now).groups : [] };
}

/** Takes one event in; the answer to each `collect` effect must come back, whatever it is. */
export function transition(
  state: PostureState,
  event: PostureInput,
  now: Moment,
): { readonly state: PostureState; readonly effects: readonly PostureEffect[] } {
  const draft = openDraft(state, now);
  switch (event.kind) {
    case "changed":
      wakeSignals(draft, event.signals);
      break;
    case "recheck":
      wakeSignals(draft, event.signals ?? catalogue.map((entry) => entry.signal));
      break;
    case "collected":
      take(draft, event.answer);
      break;
    case "reported":
      observe(draft, event.facts);
      break;
    case "tick":
      break;
  }
  giveUpOnHung(draft);
  giveUpOnOld(draft);
  startDue(draft);
  return closeDraft(draft);
}

/** Returns when `tick` is wanted next. */
export function nextDeadline(state: PostureState): Deadline | null {
  const groups = state.groups.map((group) => ({
    at: wantsAt(group),
    reason: `posture ${group.group.collector}`,
  }));
  const ends = [...state.known.values()]
    .filter((known) => known.fact.reading.kind !== "unknown")
    .map((known) => ({ at: endOf(known), reason: `posture ${known.fact.signal} grows old` }));
  return earliest([...groups, ...ends]);
}

/** Returns all facts that hold now, in catalogue order. */
export function factsOf(state: PostureState): readonly Fact[] {
  return catalogue.flatMap((entry) => state.known.get(entry.signal)?.fact ?? []);
}

/** Returns how long ago a signal was last confirmed, in ms, or null when it was never read. */
export function checkedAgeMs(state: PostureState, signal: string, now: Moment): number | null {
  const known = state.known.get(signal);
  return known === undefined ? null : Math.max(0, now.monotonicMs - known.checkedAt);
}

/** Returns what a beat tells: the text under `factsDigest`, and per tier the age of its oldest look. */
export function beatOf(
  state: PostureState,
  now: Moment,
): { readonly factsText: string; readonly checkedAgeMs: Readonly<Record<Tier, number>> } {
  const ages: Record<Tier, number> = { hot: 0, warm: 0, cold: 0 };
  for (const [signal, known] of state.known) {
    const tier = entryOf(signal)?.tier;
    if (tier === undefined) continue;
    ages[tier] = Math.max(ages[tier], Math.round(now.monotonicMs - known.checkedAt));
  }
  return { factsText: factsText(factsOf(state)), checkedAgeMs: ages };
}
