// What a hostile network may do to a laptop that joins it: hand out routes and addresses. Everything
// here happens in the laptop's namespace as its system would do it, and can be taken back.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRunNow } from "./command.ts";
import type { Installation } from "./installation.ts";
import { hasProgram, nativeProgramPath, programPath } from "./program-path.ts";
import { address, inNamespace } from "./topology.ts";

const router4 = "10.1.0.1";
const router6 = "2001:db8:1::1";
/** What the hostile DHCP server hands out beside an address. */
const stolenRoutes = [`${address.resource4}/32`, "0.0.0.0/1", "128.0.0.0/1"] as const;
const stolenRoutes6 = [`${address.resource6}/128`, "::/1", "8000::/1"] as const;
const leased = "10.1.0.100";

function ip(machine: Installation, ...args: string[]): string {
  return machine.command([programPath("ip"), ...args]).stdout;
}

/** Routes of the main table, as text. */
export function mainRoutes(machine: Installation): string {
  return ip(machine, "route", "show", "table", "main") + ip(machine, "-6", "route", "show");
}

/** A real DHCP exchange where the system has server and client, else the routes it would leave. */
export function joinByDhcp(machine: Installation): void {
  if (!hasProgram("busybox")) {
    for (const route of stolenRoutes) ip(machine, "route", "replace", route, "via", router4);
    return;
  }
  const busybox = programPath("busybox");
  const folder = machine.places.run;
  const settings = join(folder, "udhcpd.conf");
  const script = join(folder, "udhcpc.sh");
  writeFileSync(join(folder, "udhcpd.leases"), "");
  writeFileSync(settings, serverSettings(folder));
  writeFileSync(script, clientScript(), { mode: 0o700 });
  const server = [busybox, "timeout", "10", busybox, "udhcpd", "-f", settings];
  const client = [busybox, "udhcpc", "-f", "-q", "-n", "-i", "eth0", "-s", script];
  mustRunNow([
    "/bin/sh",
    "-c",
    '"$@" >/dev/null 2>&1 & sleep 0.3',
    "sh",
    ...inNamespace("internet", server),
  ]);
  machine.command(client);
}

function serverSettings(folder: string): string {
  return [
    `start ${leased}`,
    `end ${leased}`,
    "interface laptop",
    `lease_file ${join(folder, "udhcpd.leases")}`,
    `pidfile ${join(folder, "udhcpd.pid")}`,
    "opt subnet 255.255.255.0",
    `opt router ${router4}`,
    `opt staticroutes ${stolenRoutes.map((route) => `${route} ${router4}`).join(",")}`,
    "",
  ].join("\n");
}

/** What distributions do with a lease: take the address, set the routes of option 121. */
function clientScript(): string {
  return [
    "#!/bin/sh",
    '[ "$1" = bound ] || exit 0',
    "set -e",
    `${programPath("ip")} addr replace "$ip/24" dev eth0`,
    "set -- $staticroutes",
    "while [ $# -ge 2 ]; do",
    `  ${programPath("ip")} route replace "$1" via "$2"`,
    "  shift 2",
    "done",
    "",
  ].join("\n");
}

/** Takes back what the lease brought. */
export function leaveDhcp(machine: Installation): void {
  for (const route of stolenRoutes) ip(machine, "route", "del", route);
  if (hasProgram("busybox")) ip(machine, "addr", "del", `${leased}/24`, "dev", "eth0");
}

/** The same theft over IPv6, where no DHCP hands out routes: set as a VPN client would. */
export function stealRoutes6(machine: Installation): void {
  for (const route of stolenRoutes6) ip(machine, "-6", "route", "replace", route, "via", router6);
}

/** Takes back what `stealRoutes6` set. */
export function returnRoutes6(machine: Installation): void {
  for (const route of stolenRoutes6) ip(machine, "-6", "route", "del", route);
}

/** The hotel calls its own network what the company calls its LAN. */
export function joinLocalNet(machine: Installation): void {
  ip(machine, "addr", "add", "10.50.0.77/24", "dev", "eth0");
  ip(machine, "addr", "add", "fd50::77/64", "dev", "eth0", "nodad");
}

/** Leaves the network that has the company's numbers. */
export function leaveLocalNet(machine: Installation): void {
  ip(machine, "addr", "del", "10.50.0.77/24", "dev", "eth0");
  ip(machine, "addr", "del", "fd50::77/64", "dev", "eth0");
}

/** A router advertises the resource as a route and its LAN as a network to take an address from. */
export function hearRouter(machine: Installation): void {
  const settings = "/proc/sys/net/ipv6/conf/eth0";
  machine.command([programPath("tee"), `${settings}/accept_ra_rt_info_max_plen`], "128");
  machine.command([programPath("tee"), `${settings}/accept_ra`], "2");
  const advert = nativeProgramPath("sallyport-lab-advert");
  mustRunNow(inNamespace("internet", [advert, "laptop", `${address.resource6}/128`, "fd50::/64"]));
}

/** Forgets the hostile router and what it announced. */
export function forgetRouter(machine: Installation): void {
  ip(machine, "-6", "route", "flush", "proto", "ra");
  ip(machine, "-6", "addr", "flush", "dev", "eth0", "dynamic");
}
