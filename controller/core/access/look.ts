/** What may change by itself between two looks at a device: a deadline that changes none of it needs no evaluation. */
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { type Reach, reachOf, sameReach } from "#shared/policy/decide.ts";
import type { Input } from "#shared/policy/input.ts";
import { levelVerdicts } from "#shared/policy/level-verdict.ts";

/** A set that fails says "now" for ever; what is only compared can wait. */
const comparedAfterMs = 1_000;

interface Answer {
  readonly set: PolicySet;
  readonly reach: Reach;
}

/** The answers of one instant; `untilAt` is when the first of them may change by itself. */
export interface Look extends Answer {
  /** What the sets that are only compared would open. */
  readonly compared: readonly Answer[];
  /** Verdicts of all levels. */
  readonly levels: string;
  readonly untilAt: number;
}

/** Looks at an input by the set that decides and by those that are compared with it. */
export function lookBy(set: PolicySet, compared: readonly PolicySet[], input: Input): Look {
  const reach = reachOf(set, input);
  const others = compared.map((other) => ({ set: other, reach: reachOf(other, input) }));
  const levels = levelVerdicts(set, input);
  const untilAt = Math.min(
    reach.validUntilAt,
    ...others.map((one) => Math.max(one.reach.validUntilAt, input.nowAt + comparedAfterMs)),
    ...levels.flatMap(({ until }) => until ?? []),
  );
  const verdicts = levels.map(({ id, verdict }) => `${id} ${verdict}`).join();
  return { set, reach, compared: others, levels: verdicts, untilAt };
}

/** Tells whether two looks say the same. */
export function sameLook(left: Look, right: Look): boolean {
  return (
    sameAnswer(left, right) &&
    left.levels === right.levels &&
    left.compared.length === right.compared.length &&
    left.compared.every((one, index) => sameAnswer(one, right.compared[index]))
  );
}

function sameAnswer(left: Answer, right: Answer | undefined): boolean {
  return left.set === right?.set && sameReach(left.reach, right.reach);
}
