/** What a new set would have changed on each of the last days, device by device. */
import { isLoss, makeComparison, type SetPair } from "./compare-sets.ts";
import { type AccessChange, changeOf, type Moment } from "./plan.ts";
import { dayMs } from "../../base/time-span.ts";

/** One day (UTC, by its start), with the devices that would have lost or gained something on it, sorted. */
export interface PastDay {
  readonly startAt: number;
  readonly losing: readonly string[];
  readonly gaining: readonly string[];
}

/** The days that differ, oldest first; `changes` has each device, resource and outcome once a day, at its first moment. */
export interface PastPlan {
  readonly moments: number;
  readonly days: readonly PastDay[];
  readonly changes: readonly AccessChange[];
  readonly truncated: boolean;
}

/** A plan over the past in the making. */
export interface PastPlanning {
  /** Takes a moment; those of one device come in order of time. */
  add(moment: Moment): void;
  result(): PastPlan;
}

/** Returns an empty plan over the past of two sets. */
export function makePastPlan(
  sets: SetPair,
  options: { readonly changesMax: number },
): PastPlanning {
  const compare = makeComparison(sets);
  const days = new Map<number, { losing: Set<string>; gaining: Set<string> }>();
  const seen = new Set<string>();
  const changes: AccessChange[] = [];
  let moments = 0;
  return {
    add(moment) {
      moments += 1;
      const startAt = Math.floor(moment.input.nowAt / dayMs) * dayMs;
      for (const difference of compare(moment.input).differences) {
        const { resource, before, after } = difference;
        const key = `${startAt} ${moment.device} ${resource} ${before} ${after}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const day = days.get(startAt) ?? { losing: new Set(), gaining: new Set() };
        days.set(startAt, day);
        (isLoss(difference) ? day.losing : day.gaining).add(moment.device);
        if (changes.length < options.changesMax) changes.push(changeOf(sets, moment, difference));
      }
    },
    result: () => ({
      moments,
      days: [...days]
        .sort(([one], [other]) => one - other)
        .map(([startAt, { losing, gaining }]) => ({
          startAt,
          losing: [...losing].sort(),
          gaining: [...gaining].sort(),
        })),
      changes: [...changes].sort((one, other) => one.at - other.at),
      truncated: changes.length < seen.size,
    }),
  };
}
