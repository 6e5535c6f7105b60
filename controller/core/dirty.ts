/** Devices that must be looked at again because something about everybody changed. */
import type { ControllerState } from "./state.ts";

/** Marks every device; they are evaluated in slices, so that removals of others get in between. */
export function markAllDirty(state: ControllerState): void {
  for (const id of state.devices.keys()) state.dirty.add(id);
}
