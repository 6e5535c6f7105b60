// A hostile network that changes its mind: DHCP and router advertisements in an order that a seed draws,
// between kill -9, start, `down` and `up`, while a user asks without pause.
// `npm run test:e2e -- --rounds 200 hostile-orders` for more.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as hostile from "../lab/hostile-network.ts";
import { seededRandom } from "../sim/random.ts";
import { untilReached, withoutLeak } from "./expectations.ts";
import { network, own, type Move } from "./hostile-moves.ts";
import { startRestlessUser, wrongOf, type RestlessUser } from "./restless-user.ts";
import { sharedWorld } from "./shared-lab.ts";

const rounds = Number(process.env["SALLYPORT_E2E_ROUNDS"] || 12);
const seed = Number(process.env["SALLYPORT_E2E_SEED"] || 7);
const settleWithinMs = 150;
const returnDeadlineMs = 120_000;
const random = seededRandom(seed);
const ownMoves = own(() => random.between(0, settleWithinMs));
let user: RestlessUser;

beforeAll(async () => {
  user = await startRestlessUser(await sharedWorld());
});

afterAll(async () => {
  await user.stop();
});

/** All moves of the network once, in a drawn order, then as the seed draws them. */
function drawMoves(count: number): readonly Move[] {
  const left = [...network];
  const drawn: Move[] = [];
  while (drawn.length < count) {
    const pool = random.chance(0.25) ? ownMoves : left.length > 0 ? left : network;
    const move = random.pick(pool);
    if (pool === left) left.splice(left.indexOf(move), 1);
    drawn.push(move);
  }
  return drawn;
}

it(
  `${rounds} moves in an order that was drawn: nothing in clear`,
  async () => {
    const world = await sharedWorld();
    const before = await user.report();
    const made: string[] = [];
    for (const move of drawMoves(rounds)) {
      made.push(move.name);
      await withoutLeak(
        world,
        async () => {
          await move.act(world);
          await delay(random.between(0, settleWithinMs));
        },
        `seed ${seed}: ${made.slice(-6).join(" > ")}`,
      );
    }
    const after = await user.report();
    hostile.comeHome(world.laptop);
    await world.laptop.cli(["up"]);
    await untilReached(world, returnDeadlineMs);
    expect(after.asked).toBeGreaterThan(before.asked + rounds);
    expect(wrongOf(after)).toEqual([]);
    process.stdout.write(
      `moves: ${rounds}, ${after.asked - before.asked} questions, none in clear\n`,
    );
  },
  rounds * 10_000 + 400_000,
);
