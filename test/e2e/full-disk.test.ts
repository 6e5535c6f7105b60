// Programs that are started on a full disk: they live, say so, open nothing new, and go on by
// themselves when there is room.
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { mustRunNow } from "../lab/command.ts";
import { closeFlows, flowsMove, openFlows } from "../lab/cutoff.ts";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import type { Installation } from "../lab/installation.ts";
import { programPath } from "../lab/program-path.ts";
import { waitForState } from "../lab/world.ts";
import { expectErrorLine } from "./expected-error.ts";
import { untilClosed, untilReached, withoutClosing, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld, untilLinked } from "./shared-lab.ts";

const patience = { timeout: 60_000, interval: 200 };

afterEach(async () => {
  const world = await sharedWorld();
  await closeFlows(world, hosts);
  firewallOn("laptop");
  if (world.controller.program.ended) await world.controller.start();
  if (world.laptop.agent.ended) await world.laptop.startAgent();
  await untilLinked();
  await untilReached(world, 90_000);
});

it("the agent reports, is cut off and comes back, says so, and needs no help when there is room", async () => {
  const { laptop, ...world } = await sharedWorld();
  await laptop.agent.stop();
  const disk = fullDisk(join(laptop.places.state, "agent"));
  try {
    await withoutLeak({ laptop, ...world }, async () => {
      await laptop.startAgent();
      await waitForState(laptop, "connected");
      await vi.waitFor(async () => expect(await warningsOf(laptop)).toContain("SP-404"), patience);
      expect(await laptop.cli(["daemon", "--role", "device"])).toMatchObject({ exitCode: 7 });
      firewallOff("laptop");
      await untilClosed({ laptop, ...world }, 30_000);
      firewallOn("laptop");
      await untilReached({ laptop, ...world }, 90_000);
    });
    const told = laptop.agent.lines().filter((line) => line["code"] === "SP-404");
    expect(new Set(told.map((line) => line["message"]))).toEqual(new Set(["trouble"]));
    expect(told.length, "each file is named once").toBe(new Set(told.map(topicOf)).size);
    disk.free();
    await vi.waitFor(async () => expect(await warningsOf(laptop)).toEqual([]), patience);
  } finally {
    await laptop.agent.stop();
    disk.remove();
  }
});

it("the controller cuts nobody, answers why, and serves when there is room", async () => {
  const world = await sharedWorld();
  const { controller } = world;
  expectErrorLine("controller waits for its disk");
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    await withoutClosing(world, async () => {
      await controller.program.stop();
      const disk = fullDisk(join(controller.places.state, "controller"));
      try {
        await controller.start("controller waits for its disk");
        const asked = await controller.cli(["device", "list", "--json"]);
        expect(asked).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("SP-404") });
        const second = await controller.cli(["serve", "--api-port", "8450"]);
        expect(second).toMatchObject({ exitCode: 7, stderr: expect.stringContaining("SP-303") });
        expect(await flowsMove(world, hosts)).toBe(true);
        const since = controller.program.mark();
        disk.free();
        const isReady = (line: object) => "message" in line && line.message === "controller ready";
        await controller.program.waitFor(isReady, { deadlineMs: 2 * patience.timeout, since });
        await untilLinked();
        expect(await flowsMove(world, hosts)).toBe(true);
      } finally {
        await controller.program.stop();
        disk.remove();
      }
    });
  });
});

async function warningsOf(machine: Installation): Promise<readonly string[]> {
  const { stdout } = await machine.cli(["status", "--json"]);
  const { warnings } = JSON.parse(stdout) as { warnings: { code: string }[] };
  return warnings.map(({ code }) => code);
}

const topicOf = (line: Readonly<Record<string, unknown>>) => line["topic"];

/** Puts a folder on a disk of its own, which has no room; `remove` takes it back as it is then. */
function fullDisk(folder: string): { free(): void; remove(): void } {
  const run = (name: string, ...args: string[]) => mustRunNow([programPath(name), ...args]);
  const kept = `${folder}.kept`;
  const filler = join(folder, "filler");
  run("cp", "-a", folder, kept);
  const [kibibytes] = run("du", "-sk", folder).stdout.split("\t");
  const size = `size=${Number(kibibytes) + 4_096}k,mode=0700`;
  run("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder);
  run("cp", "-a", `${kept}/.`, folder);
  fill(filler);
  const free = () => rmSync(filler, { force: true });
  return {
    free,
    remove: () => {
      free();
      rmSync(kept, { recursive: true });
      run("cp", "-a", folder, kept);
      run("umount", "-l", folder);
      run("cp", "-a", `${kept}/.`, folder);
      rmSync(kept, { recursive: true });
    },
  };
}

function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const bytes of [1 << 20, 1 << 12, 1]) {
      const block = Buffer.alloc(bytes);
      while (hasRoom(file, block));
    }
  } finally {
    closeSync(file);
  }
}

function hasRoom(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
