/**
 * What becomes of a report that the controller refused (SP-209). Its events stay and are sent again, ever
 * later; people see it in the status. Events that were damaged on our own disk can never be accepted:
 * they are dropped, and a gap record says so.
 *
 *   sent ──refused──▶ waiting 30 s, 60 s … 16 min ──▶ sent again ──acked──▶ forgotten, warning gone
 *                └── digest is not that of the content ──▶ gap record
 */
import { eventText } from "#shared/posture/event-text.ts";
import { type Step, still, after, withWarning } from "./effect.ts";
import { gapsOf, nameOf, type SpooledEvent, unsend, without } from "./link/outbox.ts";
import type { Deadline } from "./moment.ts";
import { flush, publish } from "./reporting.ts";
import type { AgentState, Context } from "./state.ts";

const firstWaitMs = 30_000;
const waitMaxMs = 960_000;

/** Takes the refusal of a batch by its id (`<epoch's first 8>-<first seq>-<last seq>`). */
export function reportRefused(state: AgentState, batchId: string, context: Context): Step {
  const [, epoch = "", first = "", last = ""] = /^([0-9a-f]{8})-(\d+)-(\d+)$/.exec(batchId) ?? [];
  const refused = state.outbox.pending.filter(
    (event) =>
      event.epoch.startsWith(epoch) &&
      event.seq >= Number(first) &&
      event.seq <= Number(last) &&
      state.outbox.sent.has(nameOf(event)),
  );
  if (epoch === "" || refused.length === 0) return still(state);
  const device = state.identity?.id ?? "";
  const warned = withWarning(state, "report", { code: "SP-209", params: { device } });
  const damaged = refused.filter((event) => context.digest(textOf(event)) !== event.digest);
  const step = damaged.length === 0 ? still(warned) : dropDamaged(warned, damaged, context);
  const dropped = new Set(damaged.map(nameOf));
  const names = refused.map(nameOf).filter((name) => !dropped.has(name));
  return after(step, (reached) => still(waiting(reached, names, context)));
}

/** Sends again what was refused, when its time has come. */
export function retryRefused(state: AgentState, context: Context): Step {
  const { refused } = state;
  if (refused === null || refused.names.size === 0) return still(state);
  if (context.now.monotonicMs < refused.retryAtMs) return still(state);
  const outbox = unsend(state.outbox, refused.names);
  return flush({ ...state, outbox, refused: { ...refused, names: new Set() } }, context);
}

/** Forgets the refusal once everything that was refused is held by the controller. */
export function settleRefused(state: AgentState): AgentState {
  const { refused, outbox } = state;
  if (refused === null) return state;
  const pending = new Set(outbox.pending.map(nameOf));
  const names = new Set([...refused.names].filter((name) => pending.has(name)));
  if (names.size > 0) return { ...state, refused: { ...refused, names } };
  return withWarning({ ...state, refused: null }, "report", null);
}

/** Returns when a refused report is sent again. */
export function refusedDeadline({ refused }: AgentState): Deadline | null {
  if (refused === null || refused.names.size === 0) return null;
  return { at: refused.retryAtMs, reason: "send a refused report again" };
}

function waiting(state: AgentState, names: readonly string[], context: Context): AgentState {
  const { refused } = state;
  const { monotonicMs } = context.now;
  // Batches of one flight are refused one after the other: that is one refusal.
  if (refused !== null && refused.names.size > 0) {
    return { ...state, refused: { ...refused, names: new Set([...refused.names, ...names]) } };
  }
  const waitMs = refused === null ? firstWaitMs : Math.min(refused.waitMs * 2, waitMaxMs);
  const retryAtMs = monotonicMs + waitMs;
  return { ...state, refused: { names: new Set(names), retryAtMs, waitMs } };
}

/** A former epoch is dropped whole: one that lacks an event could never be acked to its end. */
function dropDamaged(state: AgentState, damaged: readonly SpooledEvent[], context: Context): Step {
  const { outbox } = state;
  const former = new Set(damaged.map(({ epoch }) => epoch).filter((one) => one !== outbox.epoch));
  const dropped = outbox.pending.filter(
    (event) => former.has(event.epoch) || damaged.includes(event),
  );
  const kept = without(outbox, dropped);
  const names = dropped.map(({ epoch, seq }) => ({ epoch, seq }));
  const step: Step = {
    state: { ...state, outbox: kept },
    effects: [{ kind: "unspool", names, upTo: null }],
  };
  const gaps = gapsOf(kept, { dropped, because: "spool_corrupt" });
  return after(step, (reached) => publish(reached, { facts: [], gaps }, context));
}

function textOf({ epoch, seq, bootId, fact, gap, prev }: SpooledEvent): string {
  const bare = { epoch, seq, bootId, fact, prev };
  return eventText(gap === null ? bare : { ...bare, gap });
}
