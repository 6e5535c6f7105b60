/**
 * What the machine is made of, for people: asked a minute after the start and then daily, told with the
 * telemetry once on each connection. Nothing is decided by it.
 */
import type { Inventory } from "./inventory-state.ts";
import { type Step, still } from "./effect.ts";
import type { Deadline } from "./moment.ts";
import type { AgentState, Context } from "./state.ts";
import { dayMs } from "#shared/base/time-span.ts";

/** A start has more urgent things to read. */
const firstMs = 60_000;
const textMax = 256;
const disksMax = 8;

/** Asks the collector when it is time. */
export function askInventory(state: AgentState, context: Context): Step {
  const { inventory, identity } = state;
  const now = context.now.monotonicMs;
  if (identity === null) return still(state);
  if (inventory.dueMs === null) {
    return still({ ...state, inventory: { ...inventory, dueMs: now + firstMs } });
  }
  if (now < inventory.dueMs) return still(state);
  const next = { ...inventory, dueMs: now + dayMs };
  return { state: { ...state, inventory: next }, effects: [{ kind: "inventory" }] };
}

/** Returns when the collector is asked next. */
export function inventoryDeadline({ inventory, identity }: AgentState): Deadline | null {
  if (identity === null) return null;
  return { at: inventory.dueMs ?? 0, reason: "inventory" };
}

/** Takes the collector's answer; null where it failed, which the next day mends. */
export function takeInventory(
  state: AgentState,
  raw: Readonly<Record<string, unknown>> | null,
): AgentState {
  if (raw === null) return state;
  const held = inventoryOf(raw);
  return { ...state, inventory: { ...state.inventory, held, toldOn: null } };
}

/** Returns what the telemetry of this connection has still to tell, or null. */
export function untold({ inventory, link }: AgentState): Inventory | null {
  return inventory.toldOn === link.connection ? null : inventory.held;
}

/** Returns the closed list of what is told of the collector's words. */
export function inventoryOf(raw: Readonly<Record<string, unknown>>): Inventory {
  const told: Record<string, string> = {};
  const tell = (name: string, value: unknown): void => {
    const text = typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
    const plain = text
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, "")
      .trim()
      .slice(0, textMax);
    if (plain !== "" && plain !== "-") told[name] = plain;
  };
  for (const [name, part, member] of members) tell(name, memberOf(raw[part], member));
  const bytes = memberOf(raw["mem"], "total");
  if (typeof bytes === "number") tell("memory.mib", Math.round(bytes / 2 ** 20));
  const disks: unknown = raw["diskLayout"];
  const listed: readonly unknown[] = Array.isArray(disks) ? disks.slice(0, disksMax) : [];
  listed.forEach((disk, index) => {
    const words = ["vendor", "name", "type"].map((name) => memberOf(disk, name));
    const size = memberOf(disk, "size");
    const gib = typeof size === "number" ? `${Math.round(size / 2 ** 30)} GiB` : "";
    const text = [...words, gib].filter((word) => typeof word === "string" && word !== "");
    tell(`disk${index + 1}`, text.join(" "));
  });
  return told;
}

const members: readonly (readonly [name: string, part: string, member: string])[] = [
  ["system.manufacturer", "system", "manufacturer"],
  ["system.model", "system", "model"],
  ["system.serial", "system", "serial"],
  ["board.model", "baseboard", "model"],
  ["chassis.type", "chassis", "type"],
  ["firmware.vendor", "bios", "vendor"],
  ["firmware.version", "bios", "version"],
  ["firmware.date", "bios", "releaseDate"],
  ["os.distribution", "osInfo", "distro"],
  ["os.release", "osInfo", "release"],
  ["os.kernel", "osInfo", "kernel"],
  ["cpu.vendor", "cpu", "manufacturer"],
  ["cpu.model", "cpu", "brand"],
  ["cpu.cores", "cpu", "cores"],
];

function memberOf(part: unknown, name: string): unknown {
  if (typeof part !== "object" || part === null) return undefined;
  return (part as Readonly<Record<string, unknown>>)[name];
}
