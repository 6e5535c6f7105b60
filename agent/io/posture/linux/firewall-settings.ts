/** Names the firewalls that settings say are on: where nothing is closed, they explain why people think so. */
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
