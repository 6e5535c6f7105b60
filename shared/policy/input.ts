import type { Reading } from "../posture/fact.ts";
import type { ScoredRisk } from "./risk.ts";

/** A fact as decisions see it: `untilAt` is the end of its freshness on the controller's clock. */
export interface FactView {
  readonly reading: Reading;
  readonly untilAt: number;
}

/** A granted, time-boxed role. */
export interface Elevation {
  readonly role: string;
  readonly untilAt: number;
  readonly sinceAt?: number | undefined;
  readonly approvals?: number | undefined;
}

/** Everything a decision may depend on, frozen; there is no clock and no look-up beside it. */
export interface Input {
  readonly nowAt: number;
  readonly device: {
    readonly id: string;
    readonly groups: readonly string[];
    readonly tags: readonly string[];
    readonly quarantined: boolean;
    /** The account that the machine runs under. */
    readonly serviceAccount?: string | undefined;
  };
  readonly user?:
    | {
        readonly id: string;
        readonly groups: readonly string[];
        readonly acr: string;
        readonly amr: readonly string[];
        readonly authAt: number;
      }
    | undefined;
  /** Never changed once given: what a set judged of a map is remembered for the next decision. */
  readonly facts: ReadonlyMap<string, FactView>;
  readonly risk: ScoredRisk;
  readonly net: { readonly country?: string | undefined; readonly cidr?: string | undefined };
  /** Granted elevations; one without `sinceAt` or `approvals` fails a policy that limits them. */
  readonly elevations: readonly Elevation[];
}
