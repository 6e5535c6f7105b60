import type { Decision } from "#shared/policy/decision.ts";
import type { RecordChange } from "./record.ts";

/** That something changed; what it is now is asked of the routes. */
export type Notice =
  | { readonly kind: "device" | "gateway"; readonly id: string }
  | { readonly kind: "decision"; readonly decision: Decision }
  /** A gateway confirmed that so many grants are gone or narrower, so long after it was told. */
  | {
      readonly kind: "removal";
      readonly gateway: string;
      readonly removed: number;
      readonly tookMs: number;
    }
  | { readonly kind: "records"; readonly what: RecordChange["kind"] | "audit" };
