/** What the agent knows of its machine before it asks anybody. */
import { readFileSync } from "node:fs";
import { arch, hostname, platform } from "node:os";
import { randomUUID } from "node:crypto";
import type { Host, Role } from "../core/identity.ts";

/** Version of this build, as policies see it in `agent.version`. */
export const agentVersion = "0.1.0";

/** Returns what stays the same while the process lives. */
export function readHost(role: Role): Host {
  return {
    agentVersion,
    os: osName(),
    arch: arch().slice(0, 32),
    hostname: cleaned(hostname()).slice(0, 253),
    bootId: readBootId(),
    role,
  };
}

/** Serial numbers of the machine; most are readable by root only, so the list may be empty. */
export function readSerials(): readonly string[] {
  const serials: string[] = [];
  for (const name of ["product_serial", "board_serial"]) {
    const text = readIfThere(`/sys/class/dmi/id/${name}`);
    if (text !== null && text.trim() !== "") serials.push(cleaned(text.trim()).slice(0, 128));
  }
  return serials;
}

/** Returns the system that this program runs on. */
export function osName(): Host["os"] {
  const name = platform();
  if (name === "win32") return "windows";
  return name === "darwin" ? "darwin" : "linux";
}

function readBootId(): string {
  // Without a kernel's boot id every start counts as a boot: ages then come from the wall clock.
  return readIfThere("/proc/sys/kernel/random/boot_id")?.trim() ?? randomUUID();
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function cleaned(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "");
}
