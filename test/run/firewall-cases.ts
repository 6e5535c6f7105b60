// Firewalls as their own tools set them, and what is true of each.
import { setTimeout as delay } from "node:timers/promises";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryOf } from "#shared/posture/catalogue.ts";
import { fixTextOf } from "#shared/posture/fix-text.ts";
import { known } from "#shared/posture/reading.ts";
import { mustRunNow, runNow } from "../lab/command.ts";
import { programPath } from "../lab/program-path.ts";
import { Program } from "../lab/program.ts";

/** One firewall. */
export interface FirewallCase {
  readonly what: string;
  readonly set: () => unknown;
  /** Whether new connections from outside are refused. */
  readonly expected: { readonly ipv4: boolean; readonly ipv6: boolean };
  readonly undo: () => unknown;
}

const both = { ipv4: true, ipv6: true };
const neither = { ipv4: false, ipv6: false };
const onlyIpv4 = { ipv4: true, ipv6: false };
const onlyIpv6 = { ipv4: false, ipv6: true };

function must(...argv: readonly string[]): void {
  mustRunNow([`/usr/sbin/${argv[0]}`, ...argv.slice(1)]);
}

const flush = () => must("nft", "flush", "ruleset");
const nft = (family: string, rest: string) => () => {
  const chain = `chain input {\n type filter hook input priority filter; ${rest}\n}`;
  mustRunNow([programPath("nft"), "-f", "-"], { input: `table ${family} host {\n${chain}\n}\n` });
};

/** Only SSH is let in, and a translation leads these ports to it. */
const leadToSsh = (ports: string) => () => {
  const input =
    "chain input {\n type filter hook input priority filter; policy drop; tcp dport 22 accept\n}";
  const to = `tcp dport ${ports} redirect to :22`;
  const translate = `chain lead {\n type nat hook prerouting priority dstnat; ${to}\n}`;
  mustRunNow([programPath("nft"), "-f", "-"], {
    input: `table inet host {\n${input}\n${translate}\n}\n`,
  });
};

function leadToSshBy(command: string): void {
  must(command, "-P", "INPUT", "DROP");
  must(command, "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT");
  must(command, "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "-j", "REDIRECT", "--to-ports", "22");
}

function openLegacyIpv4(): void {
  legacy("iptables", "ACCEPT");
  for (const table of ["filter", "nat"]) must("iptables-legacy", "-t", table, "-F");
}

const legacy = (command: string, policy: string) =>
  must(`${command}-legacy`, "-P", "INPUT", policy);
const openLegacy = () => {
  for (const command of ["iptables", "ip6tables"]) legacy(command, "ACCEPT");
};

function startUfw(): void {
  mustRunNow([
    "/bin/sh",
    "-c",
    "cp -n /usr/share/ufw/iptables/* /etc/ufw/ && mkdir -p /var/lib/ufw",
  ]);
  writeFileSync("/etc/ufw/ufw.conf", "ENABLED=no\nLOGLEVEL=low\n");
  must("ufw", "--force", "enable");
  must("ufw", "allow", "22/tcp");
}

const bus = (...args: readonly string[]) =>
  runNow([programPath("busctl"), "--json=short", ...args]);
const firewalld = ["org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1"];
const own = "org.fedoraproject.FirewallD1";
const startDeadlineMs = 60_000;
let daemon: Program | null = null;

function startBus(): void {
  mustRunNow(["/bin/sh", "-c", "mkdir -p /run/dbus && dbus-daemon --system --fork --nopidfile"]);
}

async function startFirewalld(): Promise<void> {
  daemon = new Program({
    name: "firewalld",
    argv: ["/usr/bin/python3", "-Es", "/usr/sbin/firewalld", "--nofork", "--nopid"],
    logFile: "/run/firewalld.log",
  });
  const end = performance.now() + startDeadlineMs;
  while (!bus("get-property", ...firewalld, own, "state").stdout.includes("RUNNING")) {
    if (performance.now() > end) throw new Error("firewalld does not start");
    await delay(200);
  }
}

function lead(call: string, ...timeout: readonly string[]): void {
  const signature = `sssss${timeout[0] ?? ""}`;
  const words = ["public", "1024-65535", "tcp", "22", "", ...timeout.slice(1)];
  const { exitCode, stderr } = bus("call", ...firewalld, `${own}.zone`, call, signature, ...words);
  if (exitCode !== 0) throw new Error(stderr);
}

const standIns = "/run/fix-of-a-firewall";

/** Types the command of the signal's fix; whoever types is root, and what it would install is there. */
const follow = (program: string, manager: string) => async () => {
  mkdirSync(standIns, { recursive: true });
  const lines = { sudo: 'exec "$@"', apt: "", systemctl: "" };
  for (const [name, line] of Object.entries(lines)) {
    writeFileSync(join(standIns, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }
  const facts = new Map([
    ["firewall.program", known(program)],
    ["os.package_manager", known(manager)],
  ]);
  const entry = entryOf("firewall.enabled");
  if (entry === undefined) throw new Error("no such signal");
  const { command = "false" } = fixTextOf(entry, "linux", (signal) => facts.get(signal));
  const env = { PATH: `${standIns}:/usr/sbin:/usr/bin:/sbin:/bin` };
  for (const part of command.split(" && ")) {
    mustRunNow(["/bin/sh", "-c", part], { env, input: "y\n" });
    if (part !== "sudo systemctl restart firewalld") continue;
    await daemon?.stop();
    await startFirewalld();
  }
};

/** In this order: what one leaves behind, the next one starts with. */
export const firewallCases: readonly FirewallCase[] = [
  { what: "nothing", set: () => undefined, expected: neither, undo: flush },
  {
    what: "nft, default deny",
    set: nft("inet", "policy drop; ct state established,related accept; iif lo accept;"),
    expected: both,
    undo: flush,
  },
  {
    what: "nft, by the command of its fix",
    set: follow("nftables", "apt"),
    expected: both,
    undo: flush,
  },
  {
    what: "nft, accepts at the end",
    set: nft("inet", "policy drop; iif lo accept; accept;"),
    expected: neither,
    undo: flush,
  },
  { what: "nft, IPv6 left open", set: nft("ip", "policy drop;"), expected: onlyIpv4, undo: flush },
  { what: "nft, every port led to SSH", set: leadToSsh("1-65535"), expected: neither, undo: flush },
  { what: "nft, one port led to SSH", set: leadToSsh("2222"), expected: both, undo: flush },
  {
    what: "iptables over nft, every port led to SSH",
    set: () => {
      must("ip6tables", "-P", "INPUT", "DROP");
      leadToSshBy("iptables");
    },
    expected: onlyIpv6,
    undo: flush,
  },
  {
    what: "iptables over nft, IPv6 left open",
    set: () => must("iptables", "-P", "INPUT", "DROP"),
    expected: onlyIpv4,
    undo: flush,
  },
  { what: "ufw", set: startUfw, expected: both, undo: () => undefined },
  {
    what: "ufw, switched off",
    set: () => must("ufw", "--force", "disable"),
    expected: neither,
    undo: flush,
  },
  {
    what: "ufw, by the command of its fix where nothing was installed",
    set: follow("none", "apt"),
    expected: both,
    undo: () => {
      must("ufw", "--force", "disable");
      flush();
    },
  },
  {
    what: "ufw, its rules flushed by somebody",
    set: () => {
      must("ufw", "--force", "enable");
      flush();
    },
    expected: neither,
    undo: () => undefined,
  },
  {
    what: "ufw, its rules flushed by somebody, by the command of its fix",
    set: follow("ufw", "apt"),
    expected: both,
    undo: () => must("ufw", "--force", "disable"),
  },
  {
    what: "ufw, told to leave IPv6 alone, which it then refuses",
    set: () => {
      mustRunNow(["/bin/sed", "-i", "s/^IPV6=.*/IPV6=no/", "/etc/default/ufw"]);
      must("ufw", "--force", "enable");
    },
    expected: both,
    undo: () => {
      must("ufw", "--force", "disable");
      flush();
    },
  },
  {
    what: "legacy iptables, IPv6 left open",
    set: () => legacy("iptables", "DROP"),
    expected: onlyIpv4,
    undo: () => undefined,
  },
  {
    what: "legacy iptables and ip6tables",
    set: () => legacy("ip6tables", "DROP"),
    expected: both,
    undo: () => undefined,
  },
  {
    what: "legacy iptables, every port led to SSH",
    set: () => {
      leadToSshBy("iptables-legacy");
    },
    expected: onlyIpv6,
    undo: openLegacyIpv4,
  },
  {
    what: "legacy tables that let everything in",
    set: openLegacy,
    expected: neither,
    undo: () => undefined,
  },
  {
    what: "firewalld, zone public",
    set: () => {
      startBus();
      return startFirewalld();
    },
    expected: both,
    undo: () => undefined,
  },
  {
    what: "firewalld, every high port led to SSH",
    // firewalld forwards IPv4 alone where no address is named.
    set: () => lead("addForwardPort", "i", "0"),
    expected: onlyIpv6,
    undo: () => lead("removeForwardPort"),
  },
  {
    what: "firewalld, zone trusted",
    set: () => bus("call", ...firewalld, own, "setDefaultZone", "s", "trusted"),
    expected: neither,
    undo: () => undefined,
  },
  {
    what: "firewalld, by the command of its fix",
    set: follow("firewalld", "dnf"),
    expected: both,
    undo: () => undefined,
  },
  {
    what: "firewalld, its rules flushed by somebody",
    set: flush,
    expected: neither,
    undo: () => undefined,
  },
  {
    what: "firewalld, its rules flushed by somebody, by the command of its fix",
    set: follow("firewalld", "dnf"),
    expected: both,
    undo: () => daemon?.stop(),
  },
];
