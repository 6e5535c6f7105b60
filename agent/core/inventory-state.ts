/** What the agent remembers of its inventory. */
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";

/** What is told: short texts under fixed names. */
export type Inventory = NonNullable<AgentMessageOf<"telemetry">["inventory"]>;

/** When it is asked, and what of it is told already. */
export interface InventoryState {
  /** Monotonic ms; null until we have joined. */
  readonly dueMs: number | null;
  readonly held: Inventory | null;
  /** The connection on which it was told. */
  readonly toldOn: number | null;
}

/** Returns what is known of the inventory before anything was asked. */
export function noInventory(): InventoryState {
  return { dueMs: null, held: null, toldOn: null };
}
