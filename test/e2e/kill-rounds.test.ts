// kill -9 of every process in every state at moments that a seed chooses, while a user asks without
// pause: starting processes are killed too. `npm run test:e2e -- --rounds 200 kill-rounds` for more.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask } from "../lab/line-client.ts";
import { nodePath } from "../lab/program-path.ts";
import { Program } from "../lab/program.ts";
import { address, docsName, inNamespace, vaultName } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { seededRandom } from "../sim/random.ts";
import { tunnelAddress, untilReached, withoutLeak } from "./expectations.ts";
import { stages, type Stage } from "./kill-stages.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

interface Victim {
  readonly name: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

interface Probed {
  readonly asked: number;
  /** By who answered for which host. */
  readonly answers: Readonly<Record<string, number>>;
}

const rounds = Number(process.env["SALLYPORT_E2E_ROUNDS"] || 40);
const seed = Number(process.env["SALLYPORT_E2E_SEED"] || 7);
/** The rarest state costs two minutes of waiting: only a long run visits it. */
const longRun = 100;
const killWithinMs = 150;
const deadWithinMs = 150;
const returnDeadlineMs = 120_000;

const random = seededRandom(seed);
let probe: Program;

beforeAll(async () => {
  const world = await sharedWorld();
  const file = join(import.meta.dirname, "..", "lab", "probe-client.ts");
  const names = [docsName, vaultName].join(",");
  const asks = [tunnelAddress(world), names, ...hosts, address.neighbour4, address.neighbour6];
  probe = new Program({
    name: "probe",
    argv: inNamespace("laptop", [nodePath, file, ...asks]),
    logFile: join(world.laptop.places.logs, "probe.log"),
  });
  await probe.waitFor((line) => line["message"] === "listening", { deadlineMs: 15_000 });
});

afterAll(async () => {
  await probe.stop();
});

function victimsOf(world: World): readonly Victim[] {
  const { controller, gateway, laptop } = world;
  const part = (name: string, machine: typeof laptop, which: "agent" | "netd"): Victim => ({
    name,
    kill: () => machine[which].kill(),
    start: () => (which === "agent" ? machine.startAgent() : machine.startNetd()),
  });
  return [
    part("laptop's agent", laptop, "agent"),
    part("laptop's netd", laptop, "netd"),
    part("gateway's agent", gateway, "agent"),
    part("gateway's netd", gateway, "netd"),
    resolverOf("laptop's resolver", laptop),
    resolverOf("gateway's resolver", gateway),
    { name: "controller", kill: () => controller.program.kill(), start: () => controller.start() },
  ];
}

/** The child of netd that answers names; netd starts it again by itself. */
function resolverOf(name: string, machine: World["laptop"]): Victim {
  return {
    name,
    kill: async () => {
      for (const pid of childrenOf(machine.netd.pid)) killIfThere(pid);
    },
    start: async () => undefined,
  };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((text) => text.trim() !== "")
        .map(Number),
    );
  } catch {
    return []; // netd itself was killed a moment ago
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

async function probed(): Promise<Probed> {
  return (await ask(probe, { verb: "report" })) as unknown as Probed;
}

/** Every victim once, then as the seed draws them. */
function drawVictims(victims: readonly Victim[], count: number): readonly Victim[] {
  const drawn = victims.slice(0, count);
  while (drawn.length < count) drawn.push(random.pick(victims));
  return drawn;
}

function granted(answers: Probed["answers"]): number {
  return hosts.reduce((sum, host) => sum + (answers[`resource ${host}`] ?? 0), 0);
}

const visited = stages
  .filter(({ name }) => name !== "offline" || rounds >= longRun)
  .map((stage) => ({ stage, count: Math.ceil((rounds * stage.share) / 100) }));

it.each(visited.map(({ stage, count }) => [stage.name, count, stage] as const))(
  "%s: nothing in clear over %i rounds",
  async (name, count, stage: Stage) => {
    const world = await sharedWorld();
    await stage.enter(world);
    const before = await probed();
    const victims = victimsOf(world).filter((victim) => !stage.without.includes(victim.name));
    const starts = new Map<Victim, Promise<void>>();
    for (const [index, victim] of drawVictims(victims, count).entries()) {
      const what = `seed ${seed}, ${name}, round ${index + 1}: ${victim.name}`;
      await withoutLeak(
        world,
        async () => {
          await delay(random.between(0, killWithinMs));
          await victim.kill();
          await delay(random.between(0, deadWithinMs));
          const started = victim.start();
          started.catch(() => undefined); // killed again while it started; the last start is awaited
          starts.set(victim, started);
        },
        what,
      );
    }
    const after = await probed();
    await Promise.all(starts.values());
    await stage.leave(world);
    await untilReached(world, returnDeadlineMs);
    expect(after.asked).toBeGreaterThan(before.asked + count);
    if (stage.closed) expect(granted(after.answers)).toBe(granted(before.answers));
    const right = [...hosts.map((host) => `resource ${host}`), `name ${docsName} ${address.docs4}`];
    const wrong = Object.keys(after.answers).filter((answer) => !right.includes(answer));
    expect(wrong).toEqual([]);
    process.stdout.write(
      `rounds: ${name}: ${count} kills, ${after.asked - before.asked} questions, none in clear\n`,
    );
  },
  rounds * 10_000 + 400_000,
);
