/** What is held of a set on its way to the devices. */
import type { RingDefinition } from "#shared/policy/document.ts";
import type { PolicyInForce } from "../access/policy-in-force.ts";
import type { PolicyRecord } from "../record.ts";

/** What the newest look at a device that has the new set showed, in resources. */
export interface DeviceLoss {
  readonly open: number;
  readonly lost: number;
}

/** A roll-out under way. */
export interface RollOutState {
  readonly change: number;
  readonly record: PolicyRecord;
  policy: PolicyInForce;
  readonly rings: readonly RingDefinition[];
  readonly announcedPercent: readonly number[];
  readonly ringOpen: readonly number[];
  status: "rolling" | "halted";
  ring: number;
  sinceAt: number;
  why: string;
  /** Devices of the newest ring and of those before it, by the newest look at each. */
  readonly seen: Map<string, DeviceLoss>;
}
