import { heal, strike } from "./faults.ts";
import { checkQuiet, watchInvariants } from "./invariants.ts";
import { startWorld } from "./world.ts";

/** What a run gave: empty `broken` is a pass; `story` says what happened when. */
export interface StormResult {
  readonly broken: readonly string[];
  readonly story: readonly string[];
}

/** Runs one seed: ten minutes or so of faults, then quiet, then everything must be as it should. */
export async function runStorm(seed: number, strikes = 14): Promise<StormResult> {
  const world = await startWorld(seed);
  const check = watchInvariants(world);
  const story: string[] = [];
  await world.timeline.advance(20_000, check);
  for (let count = 0; count < strikes && world.broken.length === 0; count++) {
    story.push(`${world.timeline.nowMs()} ${await strike(world)}`);
    await world.timeline.advance(world.random.between(20, 60_000), check);
  }
  await world.timeline.advance(40_000, check);
  await heal(world);
  story.push(`${world.timeline.nowMs()} healed`);
  await world.timeline.advance(300_000, check);
  if (world.broken.length === 0) checkQuiet(world);
  return { broken: world.broken, story };
}
