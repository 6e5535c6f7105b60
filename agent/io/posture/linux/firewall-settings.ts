/**
 * Names the firewalls that settings say are on, and those that are installed: where nothing is closed,
 * the first explain why people think so, and both tell whose command closes it.
 */
import { known } from "#shared/posture/reading.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { isThere, readIfAllowed } from "../read-file.ts";

/** Where systemd notes what starts by itself; tests give another root. */
const startsByItself = {
  firewalld: ["etc/systemd/system/multi-user.target.wants/firewalld.service"],
  nftables: [
    "etc/systemd/system/sysinit.target.wants/nftables.service",
    "etc/systemd/system/multi-user.target.wants/nftables.service",
  ],
} as const;

/** Returns `ufw`, `firewalld`, `nftables`, those of them that are set to be on. */
export async function firewallsSetOn(root = "/"): Promise<readonly string[]> {
  const found: string[] = [];
  const ufw = await readIfAllowed(`${root}etc/ufw/ufw.conf`);
  if (ufw !== null && /^\s*ENABLED\s*=\s*["']?yes\b/im.test(ufw)) found.push("ufw");
  for (const [name, links] of Object.entries(startsByItself)) {
    const there = await Promise.all(links.map((link) => isThere(`${root}${link}`)));
    if (there.includes(true)) found.push(name);
  }
  return found;
}

/** Programs that an installed firewall has brought; distributions differ in the folder. */
const programs = {
  ufw: ["usr/sbin/ufw", "usr/bin/ufw"],
  firewalld: ["usr/sbin/firewalld", "usr/bin/firewalld"],
  nftables: ["usr/lib/systemd/system/nftables.service", "lib/systemd/system/nftables.service"],
} as const;

/** Returns which program's command switches the firewall on: one that is set to be on, else one that is there. */
export async function collectFirewallProgram(root = "/"): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const found = [...(await firewallsSetOn(root)), ...(await firewallsInstalled(root))];
  return observe([["firewall.program", known(found[0] ?? "none")]], {
    collector: "published",
    collectorVersion: 1,
    by: "os",
    text: found.join("\n"),
    tookMs: performance.now() - startedAt,
  });
}

/** Returns those that are installed, first what distributions put before the others. */
async function firewallsInstalled(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [name, paths] of Object.entries(programs)) {
    const there = await Promise.all(paths.map((path) => isThere(`${root}${path}`)));
    if (there.includes(true)) found.push(name);
  }
  return found;
}
