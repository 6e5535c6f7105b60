import type { CompiledPolicy } from "../compiled-set.ts";
import { type Box, boxesOf } from "./box.ts";
import type { Space } from "./variables.ts";

/** A policy with the boxes in which it surely holds, a deny also with those in which it surely fails; null = too many. */
export interface Judged {
  readonly policy: CompiledPolicy;
  readonly boxes: readonly Box[] | null;
  readonly fails: readonly Box[] | null;
}

/** Judges a policy's condition. */
export function judge(policy: CompiledPolicy, space: Space): Judged {
  const { effect, when } = policy.definition;
  const fails = effect === "deny" ? boxesOf(when, space, false) : null;
  return { policy, boxes: boxesOf(when, space), fails };
}

/** An allow with an obligation of its own adds that, even where it opens nothing new. */
export function asksMore({ definition }: CompiledPolicy): boolean {
  const { require, leaseSeconds } = definition;
  return require.stepUp !== undefined || require.recordSession || leaseSeconds !== undefined;
}
