// The network of the lab: five namespaces, IPv4 and IPv6 on every link.
//
//                      ┌────────────── internet ──────────────┐
//                      │ routes between the three links        │
//                      │ impostor: answers as 10.50.0.0/24     │
//                      │           and fd50::/64 (all of them) │
//                      └─┬──────────────┬─────────────────┬────┘
//      .1 10.1.0.0/24 .2 │  .1 10.3.0.0 │ .2   .1 10.2.0.0│ .2
//            ┌───────────┴┐   ┌─────────┴──┐   ┌──────────┴─┐ 10.50.0.0/24 ┌────────────┐
//            │   laptop   │   │ controller │   │  gateway   ├──────────────┤  resource  │
//            └────────────┘   └────────────┘   └────────────┘ .1  LAN  .10 └────────────┘
//
// A packet for the resource that leaves the laptop outside the tunnel is not lost but answered, by
// the impostor: a leak shows itself. Outer IPv6 links are 2001:db8:1::/64 (laptop), :3: (controller)
// and :2: (gateway); everything inside fc00::/7 is therefore a protected address on the wrong link.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mustRunNow } from "./command.ts";
import { hasProgram, programPath } from "./program-path.ts";

/** The five machines. */
export const namespaceNames = ["internet", "laptop", "controller", "gateway", "resource"] as const;
/** Made where they are needed: by spare-gateway.ts, captive-portal.ts, second-laptop.ts and annex.ts. */
export type NamespaceName =
  (typeof namespaceNames)[number] | "spare" | "hotel" | "desk" | "branch" | "outpost" | "annex";

/** Addresses that tests and story name. */
export const address = {
  laptop4: "10.1.0.2",
  laptop6: "2001:db8:1::2",
  gateway4: "10.2.0.2",
  gateway6: "2001:db8:2::2",
  controller4: "10.3.0.2",
  controller6: "2001:db8:3::2",
  resource4: "10.50.0.10",
  resource6: "fd50::10",
  neighbour4: "10.50.0.11",
  neighbour6: "fd50::11",
  resolver4: "10.50.0.53",
  resolver6: "fd50::53",
  docs4: "10.50.0.12",
  docs6: "fd50::12",
  manual4: "10.50.0.13",
  manual6: "fd50::13",
  linkResolver: "10.1.0.1",
  public4: "198.51.100.7",
  public6: "2001:db8:ffff::7",
} as const;

/** The resource's LAN: what devices must never reach in clear. */
export const lanPrefixes = ["10.50.0.0/24", "fd50::/64"] as const;

/** The company's names: none of them may be asked for outside the tunnel, granted or not. */
export const insideDomain = "corp.example";
/** A resource that is known by its name alone. */
export const docsName = `docs.${insideDomain}`;
/** A name that nobody is granted. */
export const vaultName = `vault.${insideDomain}`;
/** Known to the site's resolver; no resource of the lab names it. */
export const manualName = `manual.${insideDomain}`;

/** The reverse zones of the resource's LAN, which betray whom somebody looks for. */
export const reverseZones = ["0.50.10.in-addr.arpa", `${"0.".repeat(13)}5.d.f.ip6.arpa`] as const;
/** What may be asked for inside the tunnel only, and everything below it. */
export const insideNames: readonly string[] = [insideDomain, ...reverseZones];

/** Every address that may be seen on the internet's links only inside WireGuard. */
export const insideOnlyPrefixes = ["10.50.0.0/24", "100.64.0.0/10", "fc00::/7"] as const;

const forwarding: readonly string[] = ["internet", "gateway", "spare", "branch", "outpost"];
const hostnameFolder = "/run/lab/hostnames";

interface Link {
  readonly outer: { readonly namespace: NamespaceName; readonly device: string };
  readonly inner: { readonly namespace: NamespaceName; readonly device: string };
  readonly prefix4: string;
  readonly prefix6: string;
  readonly innerHost: number;
}

const links: readonly Link[] = [
  link("internet", "laptop", "10.1.0", "2001:db8:1:"),
  link("internet", "gateway", "10.2.0", "2001:db8:2:"),
  link("internet", "controller", "10.3.0", "2001:db8:3:"),
  {
    outer: { namespace: "gateway", device: "lan0" },
    inner: { namespace: "resource", device: "eth0" },
    prefix4: "10.50.0",
    prefix6: "fd50:",
    innerHost: 10,
  },
];

function link(outer: NamespaceName, inner: NamespaceName, prefix4: string, prefix6: string): Link {
  return {
    outer: { namespace: outer, device: inner },
    inner: { namespace: inner, device: "eth0" },
    prefix4,
    prefix6,
    innerHost: 2,
  };
}

/** The argv that runs a command inside a namespace; the caller gives absolute program paths. */
export function inNamespace(name: NamespaceName, argv: readonly string[]): readonly string[] {
  return [
    programPath("nsenter"),
    `--net=/run/netns/${name}`,
    `--uts=${hostnameFolder}/${name}`,
    "--",
    ...argv,
  ];
}

/** Makes all namespaces and links; only ever inside the private container of container.ts. */
export function buildTopology(): void {
  mkdirSync(hostnameFolder);
  for (const name of namespaceNames) makeNamespace(name);
  for (const { outer, inner } of links) {
    const ends = ["link", "add", outer.device, "netns", outer.namespace, "type", "veth"];
    const peer = ["peer", "name", inner.device, "netns", inner.namespace];
    mustRunNow([programPath("ip"), ...ends, ...peer]);
  }
  for (const name of namespaceNames) {
    mustRunNow([programPath("ip"), "-netns", name, "-batch", "-"], { input: linesFor(name) });
  }
}

/** Kills whatever runs in the namespaces and removes them all, the spare one too. */
export function removeTopology(): void {
  for (const name of readdirSync("/run/netns")) {
    const text = mustRunNow([programPath("ip"), "netns", "pids", name]).stdout;
    for (const pid of text.split("\n").filter((line) => line !== "")) killIfThere(Number(pid));
    mustRunNow([programPath("ip"), "netns", "delete", name]);
    mustRunNow([programPath("umount"), `${hostnameFolder}/${name}`]);
  }
  rmSync("/run/lab", { recursive: true, force: true });
  mkdirSync("/run/lab");
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}

/** A namespace with its host name and settings, but no link yet. */
export function makeNamespace(name: NamespaceName): void {
  mustRunNow([programPath("ip"), "netns", "add", name]);
  giveHostname(name);
  writeSettings(name);
}

/**
 * A UTS namespace kept by a file, so that each machine has a host name of its own. Where the system
 * has no `hostname` command they share one: the name is for people only.
 */
function giveHostname(name: NamespaceName): void {
  const file = `${hostnameFolder}/${name}`;
  writeFileSync(file, "");
  const set = hasProgram("hostname") ? [programPath("hostname"), name] : [programPath("true")];
  mustRunNow([programPath("unshare"), `--uts=${file}`, "--", ...set]);
}

function linesFor(name: NamespaceName): string {
  const lines = ["link set lo up"];
  for (const { outer, inner, prefix4, prefix6, innerHost } of links) {
    if (outer.namespace === name) lines.push(...ownEnd(outer.device, prefix4, prefix6, 1));
    if (inner.namespace !== name) continue;
    lines.push(...ownEnd(inner.device, prefix4, prefix6, innerHost));
    lines.push(`route add default via ${prefix4}.1`, `route add ::/0 via ${prefix6}:1`);
  }
  if (name === "internet") lines.push(...internetLines());
  if (name === "resource") lines.push(...neighbourLines());
  return `${lines.join("\n")}\n`;
}

function ownEnd(device: string, prefix4: string, prefix6: string, host: number): string[] {
  return [
    `addr add ${prefix4}.${host}/24 dev ${device}`,
    `addr add ${prefix6}:${host}/64 dev ${device} nodad`,
    `link set ${device} up`,
  ];
}

/** `local` routes make the impostor answer for whole prefixes, not for one address only. */
function internetLines(): string[] {
  return [
    ...lanPrefixes.map((prefix) => `route add local ${prefix} dev lo`),
    `addr add ${address.public4}/32 dev lo`,
    `addr add ${address.public6}/128 dev lo nodad`,
  ];
}

/**
 * Further hosts of the LAN: one that no policy names, so that reaching it would be a hole, two that
 * are known by their names only, and the site's resolver.
 */
function neighbourLines(): string[] {
  const four = [address.neighbour4, address.docs4, address.manual4, address.resolver4];
  const six = [address.neighbour6, address.docs6, address.manual6, address.resolver6];
  return [
    ...four.map((host) => `addr add ${host}/24 dev eth0`),
    ...six.map((host) => `addr add ${host}/64 dev eth0 nodad`),
  ];
}

/** /proc/sys/net shows the settings of the reader's own namespace, so `tee` writes from inside. */
function writeSettings(namespace: NamespaceName): void {
  const forward = forwarding.includes(namespace) ? "1" : "0";
  const settings = {
    "ipv4/ip_forward": forward,
    "ipv6/conf/all/forwarding": forward,
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
    // The impostor owns its addresses by `local` routes only, which IPv6 does not let a server bind.
    "ipv6/ip_nonlocal_bind": namespace === "internet" ? "1" : "0",
  };
  for (const [name, value] of Object.entries(settings)) {
    const write = [programPath("tee"), `/proc/sys/net/${name}`];
    mustRunNow(inNamespace(namespace, write), { input: value });
  }
}
