import type { RiskSighting } from "#shared/policy/risk.ts";
import type { RiskBaseline } from "./baseline.ts";

/** What is held of a device's risk. */
export interface DeviceRisk {
  sightings: readonly RiskSighting[];
  baseline: RiskBaseline;
  /** When the device's own proofs were refused lately. */
  refusedAt: readonly number[];
}
