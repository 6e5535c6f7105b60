/** What this process's network namespace offers for packets from outside: interfaces and IPv6. */
import { readFile } from "node:fs/promises";

/** Sallyport's own interfaces: what comes through them has passed our own filter. */
const own = new Set(["lo", "sp0", "spg0"]);

/** Returns the names of interfaces by which foreign packets can come in. */
export async function entryInterfaces(): Promise<readonly string[]> {
  const table = await readFile("/proc/self/net/dev", "utf8");
  return table
    .split("\n")
    .slice(2)
    .map((line) => line.slice(0, Math.max(0, line.indexOf(":"))).trim())
    .filter((name) => name !== "" && !own.has(name));
}

/** Returns why IPv6 does not exist here, or null when it does. */
export async function proofOfNoIpv6(): Promise<string | null> {
  const addresses = await readOrNull("/proc/self/net/if_inet6");
  if (addresses === null) return "the kernel has no IPv6";
  const disabled = await readOrNull("/proc/sys/net/ipv6/conf/all/disable_ipv6");
  return disabled?.trim() === "1" && !hasGlobalAddress(addresses)
    ? "IPv6 is disabled and has no global address"
    : null;
}

/** Lines are `address index prefixLength scope flags name`; scope 00 is global. */
function hasGlobalAddress(table: string): boolean {
  return table.split("\n").some((line) => line.split(/\s+/)[3] === "00");
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
