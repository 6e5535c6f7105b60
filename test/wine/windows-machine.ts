// A Windows of Wine's in a Debian root of its own, with a controller beside it on the same loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cleanEnvironment } from "../lab/command.ts";
import { clone, nodePath, programPath } from "../lab/program-path.ts";
import { debianRoot } from "../packages/box-root.ts";
import { type Ended, must, tell } from "../packages/host-command.ts";

const stepMs = 150_000;
const waitMs = 90_000;
const folder = "/var/tmp/sallyport-wine";
const share = join(folder, "share");

/** One line of a log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A running machine. */
export interface WindowsMachine {
  /** Folder that Windows sees as `Z:\share`. */
  readonly share: string;
  /** Drive C: as files of the host. */
  readonly drive: string;
  /** Runs a program of Windows with a changed environment; any code is an answer. */
  run(argv: readonly string[], environment?: Readonly<Record<string, string>>): Ended;
  /** Runs `sallyport-controller` beside it. */
  controller(...argv: readonly string[]): string;
  /** Waits until something holds; throws when it never does. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** Lines of a log of the service. */
  log(name: "netd" | "agent"): readonly LogLine[];
  /** Numbers of the host for the processes whose command line holds this. */
  processes(words: string): readonly number[];
  stop(): void;
}

/** Starts a machine with nothing of ours on it, and a controller. */
export async function startWindows(): Promise<WindowsMachine> {
  const root = debianRoot("trixie", ["wine64", "wine"]);
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["upper", "work", "root", "share", "controller"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const script = join(clone, "test/wine/enter.sh");
  const spaces = ["--mount", "--pid", "--net", "--fork", "--kill-child"];
  const argv = [...spaces, "/bin/sh", script, root, folder, share];
  const first = spawn(programPath("unshare"), argv, {
    env: cleanEnvironment(),
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    await until("the machine", () => existsSync(join(share, "ready")));
    const leader = leaderOf(first);
    const enter = entrance(leader);
    must([...enter, "wine", "wineboot", "--init"], { deadlineMs: stepMs });
    // What has not been written yet would be missing from the system's own settings.
    must([...enter, "wineserver", "-w"], { deadlineMs: stepMs });
    // Wine ends with the last program that no service manager started, for which it takes our agent:
    // killed, it would take the service with it before that could start another.
    must([...enter, "sh", "-c", "wineserver -p >/dev/null 2>&1"], { deadlineMs: stepMs });
    await startController(leader);
    return machineOf(first, leader);
  } catch (error) {
    first.kill("SIGKILL");
    throw error;
  }
}

function leaderOf(first: ChildProcess): string {
  return readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, "utf8").trim();
}

/** The words before a program that runs in the Debian root. */
function entrance(leader: string): readonly string[] {
  const spaces = ["nsenter", "--target", leader, "--mount", "--pid", "--net"];
  const clean = ["env", "-i", "HOME=/root", "PATH=/usr/lib/wine:/usr/bin:/bin", "LC_ALL=C.UTF-8"];
  return [...spaces, "chroot", join(folder, "root"), ...clean, "WINEDEBUG=-all"];
}

/** The words before a program of the host that shares the machine's network and end. */
function beside(leader: string, argv: readonly string[]): readonly string[] {
  const state = `SALLYPORT_STATE_DIR=${join(folder, "controller")}`;
  const program = [nodePath, join(clone, "controller/main.ts")];
  const spaces = ["nsenter", "--target", leader, "--pid", "--net"];
  return [...spaces, "env", state, ...program, ...argv];
}

async function startController(leader: string): Promise<void> {
  must(beside(leader, ["init", "--url", "https://127.0.0.1:8443", "--address", "127.0.0.1"]));
  const [file = "", ...argv] = beside(leader, ["serve"]);
  const serving = spawn(programPath(file), argv, {
    env: cleanEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  serving.stderr.on("data", (text: Buffer) => {
    said += text.toString();
  });
  await until("the controller", () => said.includes("controller ready"));
}

function machineOf(first: ChildProcess, leader: string): WindowsMachine {
  const drive = join("/proc", leader, "root", folder, "root/root/.wine/drive_c");
  return {
    share,
    drive,
    run: (argv, environment = {}) => {
      const set = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      // Programs of Windows cannot write into a pipe of the host.
      const script = 'exec "$@" >/share/said 2>/share/complained';
      const line = [...entrance(leader), ...set, "sh", "-c", script, "sh", "wine", ...argv];
      const { exitCode } = tell(line, { deadlineMs: stepMs, input: "" });
      const [stdout = "", stderr = ""] = ["said", "complained"].map((name) =>
        readFileSync(join(share, name), "utf8").replaceAll("\r\n", "\n"),
      );
      return { exitCode, stdout, stderr };
    },
    controller: (...argv) => must(beside(leader, argv)),
    until,
    log: (name) => {
      const file = join(drive, "ProgramData/Sallyport/logs", `${name}.log`);
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, "utf8").split("\n");
      return lines
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as LogLine);
    },
    processes: (words) => processesOf(leader, words),
    stop: () => {
      first.kill("SIGKILL");
      must(["rm", "-rf", "--one-file-system", folder]);
    },
  };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const endAt = Date.now() + waitMs;
  while (!holds()) {
    if (Date.now() > endAt) throw new Error(`${what}: not within ${waitMs / 1000} s`);
    await delay(250);
  }
}

function processesOf(leader: string, words: string): readonly number[] {
  const space = readlinkSync(`/proc/${leader}/ns/pid`);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readlinkSync(`/proc/${name}/ns/pid`) === space &&
          readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").includes(words)
        );
      } catch {
        return false; // gone meanwhile
      }
    })
    .map(Number);
}
