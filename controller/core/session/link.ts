/**
 * One connection of one identity.
 *
 *   opened ──hello in time──▶ greeted ──▶ closed
 *      └──────5 s, wrong role, end of certificate, newer link──────▲
 */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { ProvedIdentity } from "./proved-identity.ts";

/** A link of an admitted identity; `phase` says whether it said hello. */
export interface Link {
  readonly id: number;
  readonly identity: ProvedIdentity;
  readonly openedAt: number;
  phase: "opened" | "greeted";
  /** A gateway's grants may be sent as deltas: its snapshot is on its way. */
  synced: boolean;
  /** When the last snapshot went out, and when a certificate was last asked for. */
  syncedAt: number;
  renewedAt: number;
  /** When an inventory was last kept. */
  inventoryAt: number;
  /** Why the last config of this link is not in force as a whole. */
  configErrors: readonly ErrorRef[];
}

/** Time for the first frame, in ms. */
export const helloWithinMs = 5_000;

/** Returns a link that has not said hello. */
export function newLink(id: number, identity: ProvedIdentity, now: number): Link {
  return {
    id,
    identity,
    openedAt: now,
    phase: "opened",
    synced: false,
    syncedAt: 0,
    renewedAt: 0,
    inventoryAt: 0,
    configErrors: [],
  };
}
