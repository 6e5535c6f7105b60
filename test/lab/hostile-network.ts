// What a hostile network may do to a laptop that joins it: hand out routes and addresses. Everything
// here happens in the laptop's namespace as its system would do it, and can be taken back.
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "./clock.ts";
import { LabFailure, mustRunNow } from "./command.ts";
import type { Installation } from "./installation.ts";
import { patience } from "./patience.ts";
import { Program } from "./program.ts";
import { hasProgram, nativeProgramPath, programPath } from "./program-path.ts";
import { address, inNamespace } from "./topology.ts";

const router4 = "10.1.0.1";
const router6 = "2001:db8:1::1";
/** What the hostile DHCP server hands out beside an address. */
const stolenRoutes = [`${address.resource4}/32`, "0.0.0.0/1", "128.0.0.0/1"] as const;
const stolenRoutes6 = [`${address.resource6}/128`, "::/1", "8000::/1"] as const;
const leased = "10.1.0.100";
const serverDeadlineMs = 30_000;
const turnMs = 10;

function ip(machine: Installation, ...args: string[]): string {
  return machine.command([programPath("ip"), ...args]).stdout;
}

/** Routes of the main table, as text. */
export function mainRoutes(machine: Installation): string {
  return ip(machine, "route", "show", "table", "main") + ip(machine, "-6", "route", "show");
}

/** What a hostile DHCP server hands out: an address of the laptop's link, and routes. */
export interface Offer {
  readonly address: string;
  /** As DHCP says it, and as `ip` does. */
  readonly mask: readonly [dotted: string, bits: number];
  readonly routes: readonly string[];
}

const theft: Offer = { address: leased, mask: ["255.255.255.0", 24], routes: stolenRoutes };

/** A real DHCP exchange where the system has server and client, else what it would leave. */
export async function joinByDhcp(machine: Installation, offer = theft): Promise<void> {
  if (!hasProgram("busybox")) {
    ip(machine, "addr", "replace", `${offer.address}/${offer.mask[1]}`, "dev", "eth0");
    for (const route of offer.routes) ip(machine, "route", "replace", route, "via", router4);
    return;
  }
  const busybox = programPath("busybox");
  // A server that still ends removes its own papers, and none of the next one's.
  const folder = mkdtempSync(join(machine.places.run, "dhcp-"));
  const settings = join(folder, "udhcpd.conf");
  const script = join(folder, "udhcpc.sh");
  writeFileSync(join(folder, "udhcpd.leases"), "");
  writeFileSync(settings, serverSettings(folder, offer));
  writeFileSync(script, clientScript(), { mode: 0o700 });
  const server = new Program({
    name: "dhcp server",
    // Its look whether somebody has the address already would take two seconds.
    argv: inNamespace("internet", [busybox, "udhcpd", "-f", "-a", "1", settings]),
    logFile: join(machine.places.logs, "dhcp-server.log"),
  });
  try {
    await untilThere(pidFile(folder), server);
    // Answers go to everybody: what is sent to the offered address would count as a leak.
    const patient = ["-t", "20", "-T", "2"];
    machine.command([busybox, "udhcpc", "-fqnB", ...patient, "-i", "eth0", "-s", script]);
  } finally {
    // The next offer comes from its own server alone.
    await server.stop();
  }
}

function pidFile(folder: string): string {
  return join(folder, "udhcpd.pid");
}

/** The server writes its number just before it listens; whom it misses asks again. */
async function untilThere(file: string, server: Program): Promise<void> {
  const endMs = monotonicMs() + patience(serverDeadlineMs);
  while (!existsSync(file)) {
    if (server.ended || monotonicMs() > endMs) throw new LabFailure("dhcp", "no server");
    await delay(turnMs);
  }
}

function serverSettings(folder: string, offer: Offer): string {
  const routes = offer.routes.map((route) => `${route} ${router4}`).join(",");
  return [
    `start ${offer.address}`,
    `end ${offer.address}`,
    "interface laptop",
    `lease_file ${join(folder, "udhcpd.leases")}`,
    `pidfile ${pidFile(folder)}`,
    `opt subnet ${offer.mask[0]}`,
    `opt router ${router4}`,
    ...(routes === "" ? [] : [`opt staticroutes ${routes}`]),
    "",
  ].join("\n");
}

/** What distributions do with a lease: take the address, set the routes of option 121. */
function clientScript(): string {
  return [
    "#!/bin/sh",
    '[ "$1" = bound ] || exit 0',
    "set -e",
    `${programPath("ip")} addr replace "$ip/$mask" dev eth0`,
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
  ip(machine, "addr", "del", `${leased}/24`, "dev", "eth0");
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
  hearAdvert(machine, [`${address.resource6}/128`, "fd50::/64"]);
}

/** A router advertises routes to all these prefixes, for as long as it says; none ends them. */
export function hearAdvert(
  machine: Installation,
  prefixes: readonly string[],
  lifetimeSeconds = 600,
): void {
  const settings = "/proc/sys/net/ipv6/conf/eth0";
  machine.command([programPath("tee"), `${settings}/accept_ra_rt_info_max_plen`], "128");
  machine.command([programPath("tee"), `${settings}/accept_ra`], "2");
  const advert = nativeProgramPath("sallyport-lab-advert");
  const lifetime = ["--lifetime", String(lifetimeSeconds)];
  mustRunNow(inNamespace("internet", [advert, ...lifetime, "laptop", ...prefixes]));
}

/** Forgets the hostile router and what it announced. */
export function forgetRouter(machine: Installation): void {
  ip(machine, "-6", "route", "flush", "proto", "ra");
  ip(machine, "-6", "addr", "flush", "dev", "eth0", "dynamic");
}

/** The link as it was before anybody hostile came. */
export function comeHome(machine: Installation): void {
  ip(machine, "-6", "route", "flush", "table", "main", "dev", "eth0");
  const lines = [
    "addr flush dev eth0 scope global",
    "route flush table main dev eth0",
    "link set eth0 up",
    `addr add ${address.laptop4}/24 dev eth0`,
    `addr add ${address.laptop6}/64 dev eth0 nodad`,
    `route replace default via ${router4}`,
    `route replace ::/0 via ${router6}`,
  ];
  machine.command([programPath("ip"), "-batch", "-"], `${lines.join("\n")}\n`);
}
