/** What the main thread and a store thread say to each other. */
import type { AuditEntry } from "./operations/audit-trail.ts";
import type { StoreFailure } from "./store-error.ts";

/** How a store thread is started. */
export interface ThreadStart {
  readonly role: "writer" | "reader" | "analyst";
  readonly file: string;
}

/** One order to a store thread; `close` ends it after everything before it. */
export type ThreadRequest =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly args: unknown }
  | { readonly kind: "close" };

/** What a store thread answers; `opened` or `failed` comes first and once. */
export type ThreadReply =
  | { readonly kind: "opened" }
  | { readonly kind: "failed"; readonly failure: StoreFailure }
  | { readonly kind: "done"; readonly id: number; readonly result: unknown }
  | { readonly kind: "refused"; readonly id: number; readonly failure: StoreFailure };

/** The result of a write operation with the audit entries that its transaction holds. */
export interface TrailedResult {
  readonly result: unknown;
  readonly audits: readonly AuditEntry[];
}
