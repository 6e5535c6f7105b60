import type { Wait } from "../../agent/io/store/try-again.ts";

/** Waits that end when a test says so. */
export interface HeldWaits {
  readonly wait: Wait;
  /** Returns the lengths of those under way, oldest first. */
  under(): readonly number[];
  /** Ends the oldest. */
  pass(): void;
}

/** Returns waits that take no time. */
export function heldWaits(): HeldWaits {
  let held: readonly { readonly ms: number; readonly end: () => void }[] = [];
  return {
    wait: (ms, end) => {
      const one = { ms, end };
      held = [...held, one];
      return () => {
        held = held.filter((other) => other !== one);
      };
    },
    under: () => held.map(({ ms }) => ms),
    pass: () => {
      const [first, ...rest] = held;
      held = rest;
      first?.end();
    },
  };
}
