// kill -9 of every process in every state at moments that a seed chooses, while a user asks without
// pause: starting processes are killed too. `npm test` makes fewer rounds of it.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { World } from "../lab/world.ts";
import { seededRandom } from "../sim/random.ts";
import { untilReached, withoutLeak } from "./expectations.ts";
import { expectErrorLine } from "./expected-error.ts";
import { stages, type Stage } from "./kill-stages.ts";
import { grantedOf, startRestlessUser, wrongOf, type RestlessUser } from "./restless-user.ts";
import { sharedWorld } from "./shared-lab.ts";

interface Victim {
  readonly name: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

const rounds = Number(
  process.env["SALLYPORT_E2E_ROUNDS"] || process.env["SALLYPORT_E2E_KILLS"] || 200,
);
const seed = Number(process.env["SALLYPORT_E2E_SEED"] || 7);
/** The rarest state costs two minutes of waiting: only a long run visits it. */
const longRun = 100;
const killWithinMs = 150;
const deadWithinMs = 150;
const returnDeadlineMs = 120_000;

const random = seededRandom(seed);
let user: RestlessUser;

beforeAll(async () => {
  // A resolver that is killed again before it took its config; netd tries once more.
  expectErrorLine("resolver child does not start");
  user = await startRestlessUser(await sharedWorld());
});

afterAll(async () => {
  await user.stop();
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

/** Every victim once, then as the seed draws them. */
function drawVictims(victims: readonly Victim[], count: number): readonly Victim[] {
  const drawn = victims.slice(0, count);
  while (drawn.length < count) drawn.push(random.pick(victims));
  return drawn;
}

const visited = stages
  .filter(({ name }) => name !== "offline" || rounds >= longRun)
  .map((stage) => ({ stage, count: Math.ceil((rounds * stage.share) / 100) }));

it.each(visited.map(({ stage, count }) => [stage.name, count, stage] as const))(
  "%s: nothing in clear over %i rounds",
  async (name, count, stage: Stage) => {
    const world = await sharedWorld();
    await stage.enter(world);
    const before = await user.report();
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
    const after = await user.report();
    await Promise.all(starts.values());
    await stage.leave(world);
    await untilReached(world, returnDeadlineMs);
    expect(after.asked).toBeGreaterThan(before.asked + count);
    if (stage.closed) expect(grantedOf(after)).toBe(grantedOf(before));
    expect(wrongOf(after)).toEqual([]);
    process.stdout.write(
      `rounds: ${name}: ${count} kills, ${after.asked - before.asked} questions, none in clear\n`,
    );
  },
  rounds * 10_000 + 400_000,
);
