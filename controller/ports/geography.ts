import type { Place } from "../core/risk/baseline.ts";

/** Where addresses are, by the operator's own databases. */
export interface Geography {
  /** Null = not known, which is no "safe". */
  locate(address: string): Place | null;
}
