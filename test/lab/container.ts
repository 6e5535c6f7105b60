// Everything the lab makes lives in one private container: own mounts, network and process ids, and
// an own user where we are not root. Nothing of it is visible outside, and when its first process
// dies in any way, SIGKILL included, the kernel removes all of it.
//
//   npm ── outer (waits, hands on signals) ── unshare ── inner = pid 1 (the lab)
//            │  dies: setpriv's death signal kills unshare, --kill-child kills inner
//            └─ pipe on fd 3: its end asks inner to stop in order
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { Socket } from "node:net";
import { mustRunNow } from "./command.ts";
import { programPath } from "./program-path.ts";

const insideMark = "SALLYPORT_LAB_INSIDE";
const stopPipe = 3;

/** True in the process that runs as the container's pid 1. */
export function insideContainer(): boolean {
  return process.env[insideMark] === "1" && process.pid === 1;
}

/** The argv in front of any command that is to run as pid 1 of a new container. */
export function containerArguments(): readonly [string, ...string[]] {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const spaces = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const deathSignal = [programPath("setpriv"), "--pdeathsig", "KILL"] as const;
  return [...deathSignal, "--", programPath("unshare"), ...user, ...spaces, "--"];
}

/**
 * Runs Node with these arguments inside and gives its exit code. SIGINT, SIGTERM and SIGHUP ask it
 * to stop; it then ends by itself.
 */
export async function runInContainer(
  nodeArguments: readonly string[],
  started: (unsharePid: number) => void = () => undefined,
): Promise<number> {
  const [file, ...before] = containerArguments();
  const rootless = process.getuid?.() === 0 ? "0" : "1";
  const child = spawn(file, [...before, process.execPath, ...nodeArguments], {
    env: { ...process.env, [insideMark]: "1", SALLYPORT_LAB_ROOTLESS: rootless },
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  started(child.pid ?? 0);
  const pipe = child.stdio[stopPipe] as Socket;
  pipe.on("error", () => undefined); // the inner side closed first: `exit` below says how
  const stop = () => pipe.end();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      resolve(code ?? (signal === null ? 1 : 70));
    });
  });
}

/** Whether the container belongs to an ordinary user. */
export function isRootless(): boolean {
  return process.env["SALLYPORT_LAB_ROOTLESS"] === "1";
}

/** To be called once inside: fresh /run, so that `ip netns` names and sockets are ours alone. */
export function prepareContainer(): void {
  mustRunNow([programPath("mount"), "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run"]);
  mkdirSync("/run/netns");
  mkdirSync("/run/lab");
}

/** Calls `stop` once, on the first signal or when the outer process is gone. */
export function onStopRequest(stop: () => void): void {
  let asked = false;
  const once = () => {
    if (asked) return;
    asked = true;
    stop();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, once);
  const pipe = new Socket({ fd: stopPipe });
  pipe.on("end", once).on("error", once).resume();
  pipe.unref();
}
