/**
 * One process dies, or one wire breaks, at one instant of the main job: joining the controller,
 * opening, the cut, the return. Each instant is tried; afterwards everything must be as it should.
 */
import { expect, test } from "vitest";
import { checkQuiet, watchInvariants } from "../invariants.ts";
import { isSound, openGateways } from "../reach.ts";
import { startWorld, type World } from "../world.ts";

/** What ends in the middle, and how it comes back. */
interface Victim {
  readonly name: string;
  readonly kill: (world: World) => void;
  readonly start: (world: World) => unknown;
}

/** Runs the main job with one laptop and calls `step` after every instant at which something happened. */
async function mainJob(world: World, step: () => void): Promise<void> {
  const laptop = world.devices[0];
  await world.timeline.advance(400, step);
  laptop?.agent.set("firewall.enabled", false);
  await world.timeline.advance(400, step);
  laptop?.agent.set("firewall.enabled", true);
  await world.timeline.advance(3_000, step);
}

async function instantsOfMainJob(): Promise<number> {
  const world = await startWorld(7, 1);
  let count = 0;
  await mainJob(world, () => count++);
  expect(world.devices.map((device) => openGateways(world, device))).toEqual([2]);
  return count;
}

/** One test of one victim; each has a file, so that they run beside each other. */
export function mayDieAtAnyInstant({ name, kill, start }: Victim): void {
  test(`the ${name} may die at any instant of the main job`, async () => {
    const instants = await instantsOfMainJob();
    expect(instants).toBeGreaterThan(100);
    for (let deadly = 1; deadly <= instants; deadly++) {
      const world = await startWorld(7, 1);
      const check = watchInvariants(world);
      let count = 0;
      await mainJob(world, () => {
        count += 1;
        if (count === deadly) kill(world);
        check();
      });
      await world.timeline.advance(5_000, check);
      await start(world);
      await world.timeline.advance(180_000, check);
      checkQuiet(world);
      expect(world.devices.every(isSound)).toBe(true);
      expect(world.broken, `killed at instant ${deadly}`).toEqual([]);
    }
  });
}
