/** Looks at running processes by the file they run, never by the name they give themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { readFile, readdir, readlink, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { RunningProgram } from "../../../core/posture/protection.ts";

/** A process that must live on; the start time tells it from a later one with the same number. */
export interface WatchedProcess {
  readonly pid: number;
  readonly startTicks: string;
}

/** The processes that could be seen. */
export interface ProcessView {
  readonly programs: readonly RunningProgram[];
  /** Names of processes whose file we may not know: only a name tells what they could be. */
  readonly hidden: readonly string[];
}

/** Returns all processes by their files; kernel threads and vanished ones have none. */
export async function runningPrograms(proc = "/proc"): Promise<ProcessView> {
  const names = (await readdir(proc)).filter((name) => /^[1-9][0-9]*$/.test(name));
  const hidden: string[] = [];
  const found = await Promise.all(
    names.map(async (name): Promise<RunningProgram | null> => {
      try {
        return { pid: Number(name), path: await readlink(`${proc}/${name}/exe`) };
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined;
        if (code === "EACCES" || code === "EPERM") hidden.push(await commandOf(proc, name));
        return null;
      }
    }),
  );
  return { programs: found.filter((program) => program !== null), hidden };
}

/**
 * Returns those that run the very file at their path on this machine. Anybody may put another file
 * there in a mount namespace of their own, and the path reads the same.
 */
export async function runningHere(
  programs: readonly RunningProgram[],
  proc = "/proc",
): Promise<readonly RunningProgram[]> {
  const here = await Promise.all(
    programs.map(async ({ pid, path }) => {
      const [running, named] = await Promise.all([fileOf(`${proc}/${pid}/exe`), fileOf(path)]);
      return running !== null && running === named;
    }),
  );
  return programs.filter((_, index) => here[index]);
}

/**
 * Returns those of the system's own accounts. A person may run a product's own program, and stop it in
 * its first instruction: it is there, and protects nothing.
 */
export async function runningForSystem(
  programs: readonly RunningProgram[],
  ownerOf = ownerOfProcess,
): Promise<readonly RunningProgram[]> {
  const owners = await Promise.all(programs.map(({ pid }) => ownerOf(pid)));
  return programs.filter((_, index) => isSystemAccount(owners[index] ?? null));
}

async function ownerOfProcess(pid: number): Promise<number | null> {
  return stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => null,
  );
}

/** Below 1000, or one of those that systemd makes up for a service (DynamicUser=). */
function isSystemAccount(uid: number | null): boolean {
  return uid !== null && (uid < 1_000 || (uid >= 61_184 && uid <= 65_519));
}

async function fileOf(path: string): Promise<string | null> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => null,
  );
}

/** Returns the start time of a process in clock ticks since boot, or null when it is gone. */
export async function startTicksOf(pid: number, proc = "/proc"): Promise<string | null> {
  const stat = await readFile(`${proc}/${pid}/stat`, "utf8").catch(() => null);
  // The name in parentheses may hold anything, so fields are counted from its last parenthesis.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  return fields[0] === "Z" ? null : (fields[19] ?? null);
}

/** Tells whether all the processes are still the same ones. */
export async function allAlive(watched: readonly WatchedProcess[]): Promise<boolean> {
  const ticks = await Promise.all(watched.map((process) => startTicksOf(process.pid)));
  return watched.every((process, index) => process.startTicks === ticks[index]);
}

/** The kernel keeps this much of a process's name. */
const commandLength = 15;

/**
 * Tells whether any process bears the name of one of the programs; names prove nothing, but cost no
 * rights. It reads without yielding: a thread's turn for each file would cost five times as much.
 */
export function anyCommandOf(programs: readonly string[], proc = "/proc"): boolean {
  return readdirSync(proc).some(
    (name) => /^[1-9][0-9]*$/.test(name) && bearsNameOf(programs, commandNow(`${proc}/${name}`)),
  );
}

function commandNow(place: string): string {
  try {
    return readFileSync(`${place}/comm`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return ""; // it ended meanwhile
    throw error;
  }
}

/** Tells whether a process's name could be one of the programs'. */
export function bearsNameOf(programs: readonly string[], command: string): boolean {
  return programs.some((path) =>
    command.startsWith(basename(path).replace("*", "").slice(0, commandLength)),
  );
}

async function commandOf(proc: string, pid: string): Promise<string> {
  return readFile(`${proc}/${pid}/comm`, "utf8").catch(() => "");
}
