/**
 * Hardware inventory by systeminformation: these nine calls and no others, since each of its
 * functions runs shell commands. Inventory is for people; no decision stands on it.
 */
import {
  baseboard,
  bios,
  chassis,
  cpu,
  diskLayout,
  mem,
  osInfo,
  system,
  uuid,
} from "systeminformation";
import { withDeadline } from "../io/posture/deadline.ts";

const callDeadlineMs = 10_000;

const calls = { system, bios, baseboard, chassis, osInfo, cpu, mem, diskLayout, uuid } as const;

/** Returns the inventory; a call that fails or hangs leaves its part out. */
export async function readInventory(): Promise<Readonly<Record<string, unknown>>> {
  const inventory: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    const part: unknown = await withDeadline<unknown>(call(), callDeadlineMs).catch(
      () => undefined,
    );
    if (part !== undefined) inventory[name] = part;
  }
  return inventory;
}
