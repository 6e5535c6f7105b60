import type { Decision } from "#shared/policy/decision.ts";
import type { AccessCount, DeviceLevel, FleetCensus } from "../core/device-standing.ts";
import type { Notice } from "../core/notice.ts";

/** What a gateway took away, by its id, and how long after it was told; null where it has not said so yet. */
export interface Closing {
  readonly gateway: string;
  readonly removed: number;
  readonly tookMs: number | null;
}

/** The fleet as the running loop holds it, for those who watch, from memory; all but `follow` synchronous. */
export interface FleetView {
  /** Levels of a device as they are now, sorted by name. */
  levels(device: string): readonly DeviceLevel[];
  /** Null for an unknown device. */
  access(device: string): AccessCount | null;
  /** Decisions of a device as they stand, without their explanations; none for an unknown device. */
  decisions(device: string): Iterable<Decision>;
  /** Costs a pass over all devices. */
  census(): FleetCensus;
  /** The listener must return fast; returns how to end it. */
  subscribe(listener: (notice: Notice) => void): () => void;
  /** Runs what tells the loop of a change, and resolves with what gateways confirmed of it. */
  follow(tell: () => void): Promise<readonly Closing[]>;
}
