// The three machines of README.md and what they are asked again and again.
import { cpSync } from "node:fs";
import { basename, join } from "node:path";
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { clone, programPath } from "../lab/program-path.ts";
import { type Box, bootBox } from "./box.ts";
import { boxPackages, debianRoot } from "./box-root.ts";
import { suite } from "./suite.ts";
import { cleanEnvironment } from "../lab/command.ts";
import { address, cutWires, joinInternet, joinWiki, layWires, wikiNamespace } from "./wires.ts";

/** The controller, the gateway and the laptop. */
export interface Machines {
  readonly controller: Box;
  readonly gateway: Box;
  readonly laptop: Box;
  stop(): Promise<void>;
}

/** Boots all three, each with the packages in root's home and nothing installed. */
export async function bootMachines(packages: readonly string[]): Promise<Machines> {
  const root = debianRoot(suite, boxPackages);
  layWires();
  const hosts = `${address.controller} controller.example.com`;
  const boxes: Box[] = [];
  const wiki = openWiki();
  const boot = async (name: string, network: (namespace: string) => void): Promise<Box> => {
    const box = await bootBox({ name, root, hosts, network });
    boxes.push(box);
    for (const file of packages) cpSync(file, join(box.share, basename(file)));
    box.must("cp /mnt/share/*.deb /root/");
    return box;
  };
  const stop = async () => {
    try {
      for (const box of boxes) await box.stop();
    } finally {
      wiki.kill();
      cutWires();
    }
  };
  try {
    return {
      controller: await boot("controller", (namespace) => joinInternet(namespace, "controller")),
      gateway: await boot("hq-gateway", (namespace) => {
        joinInternet(namespace, "gateway");
        joinWiki(namespace);
      }),
      laptop: await boot("laptop", (namespace) => joinInternet(namespace, "laptop")),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The private wiki: tells every caller under which address it came. */
function openWiki(): ChildProcess {
  const program = join(clone, "test/packages/wiki.ts");
  const argv = ["netns", "exec", wikiNamespace, process.execPath, program];
  return spawn(programPath("ip"), argv, {
    env: cleanEnvironment(),
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** What the wiki says to a box, empty where it does not answer. */
export function askWiki(box: Box): string {
  // The shell itself connects, so it stands under the limit, too.
  return box.tell(`timeout 3 bash -c 'cat < /dev/tcp/${address.wiki}/443'`).stdout.trim();
}

/** Asks until the answer is the wanted one; throws with the last one after the deadline. */
export async function until<T>(
  ask: () => T,
  wanted: (answer: T) => boolean,
  deadlineMs = 30_000,
): Promise<T> {
  const endAt = Date.now() + deadlineMs;
  for (;;) {
    const answer = ask();
    if (wanted(answer)) return answer;
    if (Date.now() > endAt) throw new Error(`still: ${JSON.stringify(answer)}`);
    await delay(200);
  }
}
