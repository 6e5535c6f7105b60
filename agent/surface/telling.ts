/** What is told of one status after another: the new, what is over, and what was put off. */
import type { StatusLine } from "../cli/status-line.ts";
import { minuteMs } from "#shared/base/time-span.ts";
import { closedOf } from "./face.ts";
import { type Notice, noticesOf, notToldLately, overCauses, type Told } from "./notices.ts";

/** A person who said "later" is told again after this long. */
const laterMs = 10 * minuteMs;

/** What telling remembers; times are of the monotonic clock. */
export interface Telling {
  readonly status: StatusLine | null;
  readonly told: Told;
  /** What was told and is not over, by its cause. */
  readonly standing: ReadonlyMap<string, Notice>;
  /** When what was put off is due, by its cause. */
  readonly later: ReadonlyMap<string, number>;
  /** Since when a resource is seen closed, by its name. */
  readonly closedMs: ReadonlyMap<string, number>;
}

/** What to say now, and of which causes the notices go. */
export interface ToTell {
  readonly telling: Telling;
  readonly now: readonly Notice[];
  readonly over: readonly string[];
}

/** Returns the memory of somebody who begins with this status; nothing of it is news. */
export function beginTelling(status: StatusLine | null, nowMs: number): Telling {
  const nothing = { told: new Map(), standing: new Map(), later: new Map() };
  return { ...nothing, status, closedMs: closedSince(new Map(), status, nowMs) };
}

/** Takes a status, or the same one after some time. */
export function tell(before: Telling, status: StatusLine | null, nowMs: number): ToTell {
  const closedForMs = (name: string): number | null => {
    const since = before.closedMs.get(name);
    return since === undefined ? null : nowMs - since;
  };
  // An agent that was not there before us is no news: no icon should begin with an alarm.
  const isSame = before.status === null && status === null;
  const found = isSame ? [] : noticesOf(before.status, status, closedForMs);
  const news = notToldLately(found, before.told, nowMs);
  const over = new Set(overCauses(before.standing.keys(), status));
  const kept = [...before.standing].filter(([cause]) => !over.has(cause));
  const put = [...before.later].filter(([cause]) => !over.has(cause));
  const due = new Set(put.flatMap(([cause, atMs]) => (nowMs >= atMs ? [cause] : [])));
  const again = kept.flatMap(([cause, notice]) => (due.has(cause) ? [notice] : []));
  const lasting = news.now.filter(({ stays }) => stays);
  return {
    telling: {
      status,
      told: news.told,
      standing: new Map([...kept, ...lasting.map((one) => [one.cause, one] as const)]),
      later: new Map(put.filter(([cause]) => !due.has(cause))),
      closedMs: closedSince(before.closedMs, status, nowMs),
    },
    now: [...news.now, ...again],
    over: [...over],
  };
}

/** Puts a notice off, as its person asked. */
export function putOff(telling: Telling, cause: string, nowMs: number): Telling {
  if (!telling.standing.has(cause)) return telling;
  return { ...telling, later: new Map([...telling.later, [cause, nowMs + laterMs]]) };
}

/** Returns when something that was put off is due; null where nothing was. */
export function nextDueMs({ later }: Telling): number | null {
  return later.size === 0 ? null : Math.min(...later.values());
}

/** Without an agent nobody knows: what was closed is closed since then. */
function closedSince(
  before: ReadonlyMap<string, number>,
  status: StatusLine | null,
  nowMs: number,
): ReadonlyMap<string, number> {
  if (status === null) return before;
  return new Map(closedOf(status).map(({ name }) => [name, before.get(name) ?? nowMs]));
}
