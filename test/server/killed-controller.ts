// A controller as a process of its own, to be killed in the midst of something.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Places } from "../../controller/io/directory/places.ts";

const main = new URL("../../controller/main.ts", import.meta.url).pathname;

/** A running process of the controller. */
export interface ControllerProcess {
  readonly apiUrl: string;
  /** Ends it by SIGKILL: nothing is finished, closed or said. */
  kill(): Promise<void>;
}

/** Serves a folder that nobody else serves, on free ports. */
export async function serveAsProcess(places: Places): Promise<ControllerProcess> {
  const ports = ["--agents-port", "0", "--api-port", "0", "--metrics-port", "0"];
  const args = [main, "serve", "--directory", places.directory, "--agents-host", "127.0.0.1"];
  const child = spawn(process.execPath, [...args, ...ports], {
    env: { SALLYPORT_KEK_FILE: places.keyFile },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  for await (const line of createInterface(child.stderr)) {
    const told = JSON.parse(line) as { readonly message: string; readonly apiPort?: number };
    if (told.message !== "controller ready") continue;
    child.stderr.resume();
    return {
      apiUrl: `http://127.0.0.1:${told.apiPort ?? 0}`,
      async kill() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }
  throw new Error("the controller ended before it was ready");
}
