import type { Decision } from "#shared/policy/decision.ts";
import type { RecordChange } from "./record.ts";

/** That something changed; what it is now is asked of the routes. */
export type Notice =
  | { readonly kind: "device" | "gateway"; readonly id: string }
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "records"; readonly what: RecordChange["kind"] | "audit" };
