/** Kleene's three values as small integers: the evaluator's hot path compares them by the million. */

/** 0 no, 1 yes, 2 unknown. */
export type Truth = 0 | 1 | 2;

/** It does not hold. */
export const no = 0;
/** It holds. */
export const yes = 1;
/** Nobody can say. */
export const unknown = 2;

/** Returns the negation; unknown stays unknown. */
export function negate(truth: Truth): Truth {
  return truth === unknown ? unknown : truth === yes ? no : yes;
}
