/**
 * When one group of signals is read.
 *
 *             wake                    answer, nothing pending
 *   idle ───────────► running ─────────────────────────────► idle
 *    │ wake within       │ wake: remembered, runs again after the answer
 *    │ 200 ms of the     ▼
 *    │ last start     (again)
 *    ▼
 *   waiting ── its time comes ──► running
 *      ▲
 *      └── bucket empty: `limited`, until half the bucket is back
 *
 * A look that failed is repeated early: after a sixtieth of the floor poll, then twice that, up to the
 * floor poll itself. Each repetition takes from the bucket, so that a broken source costs no more than
 * a busy one.
 */
import type { Group } from "./groups.ts";
import { availableAt, fullBucket, withdraw } from "./token-bucket.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** Followers of an event within this time share its next run. */
const coalesceMs = 200;
/** A limited group rests until it can take this many runs again, so that it does not flap. */
const resumeTokens = 5;
/** How long after the deadline a silent collector counts as hung. */
const graceMs = 1_000;
/** The first repetition of a failed look comes after this part of the floor poll. */
const retryPart = 60;

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "waiting"; readonly at: number }
  | {
      readonly kind: "running";
      readonly run: number;
      readonly until: number;
      readonly again: boolean;
    };

/** Schedule of one group; times are monotonic ms. */
export interface GroupRun {
  readonly group: Group;
  readonly phase: Phase;
  readonly lastStartAt: number | null;
  readonly floorAt: number;
  readonly bucket: TokenBucket;
  readonly limited: boolean;
  /** Looks in a row that failed. */
  readonly failures: number;
}

/** Returns the schedule of a group that is due at once. */
export function freshRun(group: Group, now: number): GroupRun {
  return {
    group,
    phase: { kind: "idle" },
    lastStartAt: null,
    floorAt: now,
    bucket: fullBucket(now),
    limited: false,
    failures: 0,
  };
}

/** Returns the schedule after an event: now due, coalesced into a later run, or limited. */
export function wake(state: GroupRun, now: number): GroupRun {
  switch (state.phase.kind) {
    case "running":
      return { ...state, phase: { ...state.phase, again: true } };
    case "waiting":
      return state;
    case "idle": {
      const bucket = withdraw(state.bucket, now);
      if (bucket === null) {
        const at = availableAt(state.bucket, resumeTokens, now);
        return { ...state, limited: true, phase: { kind: "waiting", at } };
      }
      const at = state.lastStartAt === null ? now : Math.max(now, state.lastStartAt + coalesceMs);
      return { ...state, bucket, phase: { kind: "waiting", at } };
    }
  }
}

/** Tells whether the group has to start now: its waiting is over or its floor poll is due. */
export function isDue(state: GroupRun, now: number): boolean {
  if (state.phase.kind === "waiting") return state.phase.at <= now;
  return state.phase.kind === "idle" && state.floorAt <= now;
}

/** Returns the schedule with the group running as `run`. */
export function started(state: GroupRun, run: number, now: number): GroupRun {
  return {
    ...state,
    phase: { kind: "running", run, until: now + state.group.deadlineMs + graceMs, again: false },
    lastStartAt: now,
    limited: false,
  };
}

/** How a run ended; `jitter` in [0, 1) spreads floor polls by a tenth. */
export interface RunEnd {
  readonly now: number;
  readonly jitter: number;
  readonly failed: boolean;
}

/** Returns the schedule after the answer, or after it failed to come. */
export function finished(state: GroupRun, end: RunEnd): GroupRun {
  const { now, jitter, failed } = end;
  const again = state.phase.kind === "running" && state.phase.again;
  const floorAt = now + Math.round(state.group.floorPollMs * (1 - jitter / 10));
  const idle: GroupRun = { ...state, phase: { kind: "idle" }, floorAt, failures: 0 };
  const next = failed ? withRetry({ ...idle, failures: state.failures + 1 }, end) : idle;
  return again ? wake(next, now) : next;
}

function withRetry(state: GroupRun, { now, jitter }: RunEnd): GroupRun {
  const waitMs = (state.group.floorPollMs / retryPart) * 2 ** (state.failures - 1);
  const at = now + Math.round(waitMs * (1 - jitter / 10));
  const bucket = withdraw(state.bucket, now);
  if (bucket === null || at >= state.floorAt) return state;
  return { ...state, bucket, floorAt: at };
}

/** Tells whether the collector is silent beyond its deadline. */
export function isHung(state: GroupRun, now: number): boolean {
  return state.phase.kind === "running" && state.phase.until <= now;
}

/** Returns when the group wants to be looked at next. */
export function wantsAt(state: GroupRun): number {
  switch (state.phase.kind) {
    case "idle":
      return state.floorAt;
    case "waiting":
      return state.phase.at;
    case "running":
      return state.phase.until;
  }
}
