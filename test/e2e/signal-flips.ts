// One change of the machine for each event source of the posture, with the condition that every
// signal it moves stands for. Places of the system are covered by copies before anything is changed.
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { programPath } from "../lab/program-path.ts";
import { coverPlace, replaceFile, uncoverPlace } from "../lab/staged-place.ts";
import type { World } from "../lab/world.ts";

/** A change and what undoes it. */
export interface SignalFlip {
  readonly what: string;
  /** Signals that hold before and no longer after, each with its condition in a policy. */
  readonly conditions: Readonly<Record<string, string>>;
  /** A signal of another change that this one moves as well. */
  readonly besides?: string;
  readonly change: (world: World) => unknown;
  readonly back: (world: World) => unknown;
  /** A file without which this machine cannot carry the change out. */
  readonly needs?: string;
  /** Only root's own programs are believed, and in an ordinary user's container they are nobody's. */
  readonly asRoot?: true;
}

const digestOf = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");
const lacks = (signal: string, value: string) =>
  `not: { ${signal}: { contains: ${JSON.stringify(value)} } }`;

const supported = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n';
const endedRelease = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="14.04"\n';
const rebootMark = "/run/reboot-required";
const listsTouched = "/var/lib/apt/lists/partial";
const sensor = "/opt/CrowdStrike/falcon-sensor";
const sensorUnit = "/sys/fs/cgroup/system.slice/falcon-sensor.service";
const tooOldSeconds = 100 * 3_600;

function packageText(name: string, version: string, wanted = "install"): string {
  const head = `Package: ${name}\nStatus: ${wanted} ok installed\nPriority: optional\nSection: misc\n`;
  return `${head}Maintainer: Lab <lab@corp.example>\nArchitecture: all\nVersion: ${version}\nDescription: lab\n\n`;
}

const packagesInOrder = packageText("lab-tool", "1.1") + packageText("firefox-esr", "140.3.0esr-1");
const packagesAmiss =
  packageText("lab-tool", "1.0.9", "hold") + packageText("firefox-esr", "115.1.0esr-1");

/** What `apt-get update` would have left of a security archive that offers lab-tool 1.1. */
function aptLists(): Readonly<Record<string, string>> {
  const suite = "_srv_lab_dists_stable-security";
  const today = new Date().toUTCString().replace("GMT", "UTC");
  return {
    "lists/partial/.keep": "",
    [`lists/${suite}_InRelease`]:
      "Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nVersion: 13\n" +
      `Date: ${today}\nArchitectures: all amd64 arm64\nComponents: main\n`,
    [`lists/${suite}_main_binary-all_Packages`]:
      "Package: lab-tool\nVersion: 1.1\nArchitecture: all\nMaintainer: Lab <lab@corp.example>\n" +
      `Filename: pool/lab-tool.deb\nSize: 1\nSHA256: ${digestOf("")}\nDescription: lab\n\n`,
  };
}

/** Status words of a registered sensor that detects, as its vendor's tool prints them. */
const sensorStatus =
  'cid="0123456789abcdef0123456789abcdef", aid="fedcba9876543210fedcba9876543210", ' +
  "rfm-state=false, version = 7.29.0\n";

const certificateOf = (name: string) =>
  readFileSync(new URL(`../fixtures/posture/linux/${name}-root.pem`, import.meta.url), "utf8");
const [ownRoot, addedRoot] = [certificateOf("own"), certificateOf("added")];
const addedDigest = digestOf(Buffer.from(addedRoot.replace(/-----[A-Z ]+-----|\s/g, ""), "base64"));

const groupsInOrder = "root:x:0:\nsudo:x:27:\nnogroup:x:65534:\n";
const groupsAmiss = groupsInOrder.replace("27:", "27:nobody");
const debian = existsSync("/usr/bin/apt-get");
const certificates = existsSync("/usr/share/ca-certificates");
const bundle = "/etc/ssl/certs/ca-certificates.crt";

/** Covers what will be changed; the laptop's agent has to be started anew to see it. */
export async function stagePlaces(): Promise<void> {
  coverPlace("/etc", {
    copied: true,
    files: {
      "os-release": supported,
      group: groupsInOrder,
      "apt/sources.list": "deb [trusted=yes arch=all] file:/srv/lab stable-security main\n",
      "kernel/postinst.d/unattended-upgrades": "#!/bin/sh\n",
      "ssl/certs/ca-certificates.crt": ownRoot,
    },
  });
  for (const place of ["apt/sources.list.d", "sudoers", "sudoers.d"]) {
    rmSync(join("/etc", place), { recursive: true, force: true });
  }
  coverPlace("/boot");
  coverPlace("/opt");
  coverPlace("/sys/fs/cgroup", { files: { "system.slice/.keep": "" } });
  if (certificates) coverPlace("/usr/share/ca-certificates", { files: { "lab/own.crt": ownRoot } });
  if (debian) {
    coverPlace("/var/lib/apt", { files: aptLists() });
    coverPlace("/var/cache/apt");
    coverPlace("/var/lib/dpkg", { files: { status: packagesInOrder } });
  }
  mkdirSync("/opt/CrowdStrike");
  copyFileSync(programPath("sleep"), sensor);
  writeFileSync("/opt/CrowdStrike/falconctl", `#!/bin/sh\ncat <<'END'\n${sensorStatus}END\n`);
  chmodSync("/opt/CrowdStrike/falconctl", 0o755);
  await startSensor();
}

/** Shows the machine's own places again; the agent has to be started anew to see them. */
export async function unstagePlaces(): Promise<void> {
  await stopSensor();
  const places = ["/etc", "/boot", "/opt", "/sys/fs/cgroup"];
  if (certificates) places.push("/usr/share/ca-certificates");
  if (debian) places.push("/var/lib/apt", "/var/cache/apt", "/var/lib/dpkg");
  for (const place of places) uncoverPlace(place);
}

let running: ChildProcess | null = null;

async function startSensor(): Promise<void> {
  running = spawn(sensor, ["infinity"], { stdio: "ignore" });
  await once(running, "spawn");
  // A service manager makes this folder when it starts a unit.
  mkdirSync(sensorUnit);
}

async function stopSensor(): Promise<void> {
  const ending = running;
  running = null;
  if (ending === null) return;
  ending.kill("SIGKILL");
  await once(ending, "exit");
  rmdirSync(sensorUnit);
}

function touchLists(agoSeconds: number): void {
  const at = Date.now() / 1_000 - agoSeconds;
  utimesSync(listsTouched, at, at);
}

/** For each event source one change; every signal that the catalogue calls evented is in one. */
export const signalFlips: readonly SignalFlip[] = [
  {
    what: "another release",
    conditions: {
      "os.version": 'os.version: { is: "13" }',
      "os.product": "os.product: { is: debian }",
      "os.supported": "os.supported: { is: true }",
      "os.support_days_left": "os.support_days_left: { atLeast: 1 }",
    },
    change: () => replaceFile("/etc/os-release", endedRelease),
    back: () => replaceFile("/etc/os-release", supported),
  },
  {
    what: "a mark that a restart is due",
    conditions: { "os.reboot_pending": "os.reboot_pending: { is: false }" },
    change: () => writeFileSync(rebootMark, "*** System restart required ***\n"),
    back: () => rmSync(rebootMark),
  },
  {
    what: "a new administrator",
    conditions: {
      "users.admins": lacks("users.admins", digestOf("nobody").slice(0, 16)),
      "users.admin_count": "users.admin_count: { atMost: 0 }",
    },
    change: () => replaceFile("/etc/group", groupsAmiss),
    back: () => replaceFile("/etc/group", groupsInOrder),
  },
  {
    what: "another root certificate",
    needs: "/usr/share/ca-certificates",
    conditions: {
      "certificates.extra_roots": lacks("certificates.extra_roots", addedDigest),
    },
    change: () => replaceFile(bundle, `${ownRoot}${addedRoot}`),
    back: () => replaceFile(bundle, ownRoot),
  },
  {
    what: "other packages",
    asRoot: true,
    needs: "/usr/bin/apt-get",
    conditions: {
      "os.security_updates": "os.security_updates: { atMost: 0 }",
      "os.held_packages": lacks("os.held_packages", "lab-tool"),
      "browsers.installed": "browsers.installed: { contains: firefox-esr 140.3.0 }",
    },
    change: () => replaceFile("/var/lib/dpkg/status", packagesAmiss),
    back: () => replaceFile("/var/lib/dpkg/status", packagesInOrder),
  },
  {
    what: "package lists that nobody renews",
    asRoot: true,
    needs: "/usr/bin/apt-get",
    conditions: {
      "os.update_source_age_hours": "os.update_source_age_hours: { atMost: 72 }",
    },
    besides: "os.security_updates",
    change: () => touchLists(tooOldSeconds),
    back: () => touchLists(0),
  },
  {
    what: "the firewall opened",
    conditions: {
      "firewall.enabled": "firewall.enabled: { is: true }",
      "firewall.ipv4": "firewall.ipv4: { is: true }",
      "firewall.ipv6": "firewall.ipv6: { is: true }",
    },
    change: () => firewallOff("laptop"),
    back: () => firewallOn("laptop"),
  },
  {
    what: "the protection killed",
    asRoot: true,
    conditions: {
      "edr.running": "edr.running: { is: true }",
      "edr.products": "edr.products: { contains: crowdstrike }",
      "edr.healthy": "edr.healthy: { is: true }",
    },
    change: stopSensor,
    back: startSensor,
  },
  {
    what: "our guard removed",
    conditions: { "route.tampered": "route.tampered: { is: false }" },
    change: ({ laptop }) =>
      laptop.command([programPath("nft"), "delete", "table", "inet", "sallyport_guard"]),
    // netd repairs at once; the fact stays for five minutes, or until the agent starts anew.
    back: async ({ laptop }) => {
      await laptop.agent.stop();
      await laptop.startAgent();
    },
  },
];
