import type { PolicyChangeOrder } from "../../store/operations/policy-change.ts";

/** What a person asked for when a set comes in force. */
export interface ChangeOrder {
  readonly kind: PolicyChangeOrder["kind"];
  readonly source: PolicyChangeOrder["source"];
  readonly reason: string;
  readonly plan?: string | undefined;
  readonly allowLockout: boolean;
  readonly atOnce: boolean;
  readonly override?: string | undefined;
}
