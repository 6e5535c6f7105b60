// What this test needs of the machine it runs on, each with the line that mends it.
import { existsSync } from "node:fs";
import { hasProgram } from "../lab/program-path.ts";

const packages = {
  "systemd-nspawn": "systemd-container",
  mmdebstrap: "mmdebstrap",
  "dpkg-deb": "dpkg",
  nsenter: "util-linux",
  ip: "iproute2",
};

/** Returns what is missing, one line each; nothing is skipped in silence. */
export function missing(): readonly string[] {
  const lines: string[] = [];
  if (process.getuid?.() !== 0) lines.push("needs root: it boots machines");
  if (!existsSync("/dev/net/tun")) lines.push("needs /dev/net/tun: `modprobe tun`");
  if (!existsSync("/sys/fs/cgroup")) lines.push("needs cgroups at /sys/fs/cgroup");
  const absent = Object.entries(packages).filter(([program]) => !hasProgram(program));
  if (absent.length > 0) {
    const names = absent.map(([, name]) => name).join(" ");
    lines.push(`needs \`apt-get install --no-install-recommends ${names}\``);
  }
  return lines;
}
