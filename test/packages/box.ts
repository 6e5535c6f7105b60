// A box: an overlay of a Debian root, booted by systemd-nspawn with systemd as its first process and
// a network namespace of its own. Nothing of the host is changed; `stop` takes all of it away.
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cleanEnvironment } from "../lab/command.ts";
import { programPath } from "../lab/program-path.ts";
import { type Ended, must, tell, tellMeanwhile } from "./host-command.ts";

const cgroupRoot = "/sys/fs/cgroup";
const bootDeadlineMs = 90_000;
const shutdownDeadlineMs = 60_000;

/** A machine to boot: `network` joins its namespace to the others before the first process runs. */
export interface BoxPlan {
  /** Its host name. */
  readonly name: string;
  readonly root: string;
  /** Lines of its /etc/hosts beside its own name. */
  readonly hosts: string;
  readonly network: (namespace: string) => void;
}

/** What a step in a box may be given. */
export interface StepOptions {
  readonly input?: string;
  readonly deadlineMs?: number;
}

/** A booted machine. */
export interface Box {
  /** Folder of the host that the box sees as /mnt/share. */
  readonly share: string;
  readonly namespace: string;
  /** Runs bash lines as root in a unit of their own; any code is an answer. */
  tell(lines: string, options?: StepOptions): Ended;
  /** The same for lines that have to succeed; returns what they printed. */
  must(lines: string, options?: StepOptions): string;
  /** Runs such lines while other steps run. */
  meanwhile(lines: string): Promise<Ended>;
  /** Shuts down and boots again; the kernel forgets its network, as at a real start. */
  reboot(): Promise<void>;
  stop(): Promise<void>;
}

/** Boots a box; whatever an earlier run left under this name goes first. */
export async function bootBox(plan: BoxPlan): Promise<Box> {
  const machine = machineOf(plan.name);
  // What an earlier run left may hang; its trouble was that run's.
  await stopMachine(machine).catch(() => undefined);
  const { folder, share, namespace } = machine;
  for (const part of ["upper", "work", "root", "share"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const layers = `lowerdir=${plan.root},upperdir=${folder}/upper,workdir=${folder}/work`;
  must(["mount", "-t", "overlay", namespace, "-o", layers, join(folder, "root")]);
  writeFileSync(join(folder, "root/etc/hostname"), `${plan.name}\n`);
  writeFileSync(
    join(folder, "root/etc/hosts"),
    `127.0.0.1 localhost ${plan.name}\n${plan.hosts}\n`,
  );
  await boot(machine, plan);
  let steps = 0;
  const step = (lines: string): readonly string[] => {
    steps += 1;
    writeFileSync(join(share, `step-${steps}.sh`), `${lines}\n`);
    return [...enter(machine), ...asUnit, `/mnt/share/step-${steps}.sh`];
  };
  const runStep = (lines: string, options: StepOptions = {}): Ended =>
    tell(step(lines), { input: "", deadlineMs: 120_000, ...options });
  return {
    share,
    namespace,
    tell: runStep,
    meanwhile: (lines) => tellMeanwhile(step(lines)),
    must: (lines, options) => {
      const ended = runStep(lines, options);
      if (ended.exitCode === 0) return ended.stdout;
      const said = `${ended.stdout}${ended.stderr}`.trim();
      throw new Error(`${plan.name}: \`${lines}\` ended with ${ended.exitCode}: ${said}`);
    },
    reboot: async () => {
      process.kill(leaderOf(machine) ?? 0, rebootSignal);
      await gone(machine);
      await boot(machine, plan);
    },
    stop: () => stopMachine(machine),
  };
}

// SIGRTMIN+4 (power off) and +5 (reboot) of systemd(1); Node has no names for them.
const powerOffSignal = 38;
const rebootSignal = 39;

const asUnit = [
  "systemd-run",
  "--quiet",
  "--wait",
  "--pipe",
  "--collect",
  "--working-directory=/root",
  "--setenv=HOME=/root",
  "--setenv=DEBIAN_FRONTEND=noninteractive",
  "/bin/bash",
  "-euo",
  "pipefail",
];

interface Machine {
  readonly folder: string;
  readonly share: string;
  readonly namespace: string;
  readonly cgroup: string;
}

function machineOf(name: string): Machine {
  const namespace = `sallyport-box-${name}`;
  const folder = join("/var/tmp", namespace);
  const unified = join(cgroupRoot, "unified");
  const cgroup = join(existsSync(unified) ? unified : cgroupRoot, namespace);
  return { folder, share: join(folder, "share"), namespace, cgroup };
}

async function boot(machine: Machine, plan: BoxPlan): Promise<void> {
  const { folder, namespace, cgroup } = machine;
  tell(["ip", "netns", "del", namespace]);
  must(["ip", "netns", "add", namespace]);
  must(["ip", "-n", namespace, "link", "set", "lo", "up"]);
  plan.network(namespace);
  mkdirSync(cgroup, { recursive: true });
  const console = openSync(join(folder, "console.log"), "a");
  // The shell's one job: to enter the cgroup before nspawn makes its own groups below it.
  const child = spawn(
    "/bin/sh",
    ["-c", 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"', "sh", cgroup, ...nspawn(machine)],
    {
      env: cleanEnvironment({
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
      }),
      stdio: ["ignore", console, console],
      detached: true,
    },
  );
  closeSync(console);
  child.unref();
  writeFileSync(join(folder, "pid"), String(child.pid));
  const endAt = Date.now() + bootDeadlineMs;
  for (;;) {
    if (leaderOf(machine) !== null) {
      const state = tell([...enter(machine), "systemctl", "is-system-running"]).stdout.trim();
      if (state === "running" || state === "degraded") return;
    }
    if (child.exitCode !== null || Date.now() > endAt) {
      const said = readFileSync(join(folder, "console.log"), "utf8").slice(-2_000);
      throw new Error(`${namespace} does not boot: ${said}`);
    }
    await delay(100);
  }
}

/** Without all capabilities and `bpf`, DevicePolicy and IPAddressDeny would silently not apply. */
function nspawn({ folder, namespace, share }: Machine): readonly string[] {
  return [
    programPath("systemd-nspawn"),
    "--boot",
    "--quiet",
    "--settings=no",
    "--register=no",
    "--keep-unit",
    "--console=read-only",
    `--machine=${namespace}`,
    `--directory=${join(folder, "root")}`,
    `--network-namespace-path=/run/netns/${namespace}`,
    "--capability=all",
    "--system-call-filter=bpf",
    "--bind=/dev/net/tun",
    `--bind=${share}:/mnt/share`,
    "--resolv-conf=off",
    "--timezone=off",
  ];
}

function enter(machine: Machine): readonly string[] {
  return ["nsenter", "-t", String(leaderOf(machine)), "-a"];
}

/** The box's first process, as the host numbers it. */
function leaderOf({ cgroup }: Machine): number | null {
  const file = join(cgroup, "payload/init.scope/cgroup.procs");
  if (!existsSync(file)) return null;
  const [first = ""] = readFileSync(file, "utf8").split("\n");
  return first === "" ? null : Number(first);
}

/** Waits for the shutdown; a program of ours that does not end when told to is a failure. */
async function gone(machine: Machine): Promise<void> {
  const pid = Number(readFileSync(join(machine.folder, "pid"), "utf8"));
  const endAt = Date.now() + shutdownDeadlineMs;
  while (isAlive(pid) && Date.now() < endAt) await delay(100);
  if (!isAlive(pid)) return;
  const jobs = tell([...enter(machine), "systemctl", "list-jobs", "--no-pager"]).stdout;
  const leader = leaderOf(machine);
  if (leader !== null) process.kill(leader, "SIGKILL");
  while (isAlive(pid)) await delay(100);
  throw new Error(`${machine.namespace} does not shut down: ${jobs}`);
}

function isAlive(pid: number): boolean {
  // A zombie of ours answers to signals; only its state tells that it is over.
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
}

async function stopMachine(machine: Machine): Promise<void> {
  const leader = leaderOf(machine);
  try {
    if (leader !== null) {
      process.kill(leader, powerOffSignal);
      await gone(machine);
    }
  } finally {
    removeMachine(machine);
  }
}

function removeMachine({ folder, namespace }: Machine): void {
  tell(["umount", join(folder, "root")]);
  tell(["ip", "netns", "del", namespace]);
  rmSync(folder, { recursive: true, force: true });
  removeCgroups(namespace);
}

function removeCgroups(name: string): void {
  const hierarchies = [".", ...readdirSync(cgroupRoot)].map((part) => join(cgroupRoot, part, name));
  for (const top of hierarchies.filter((path) => existsSync(path))) {
    const groups = readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const path of [...groups.sort().reverse(), top]) rmdirSync(path);
  }
}
