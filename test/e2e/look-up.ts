// Names as a program of the laptop asks for them.
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { monotonicMs } from "../lab/clock.ts";
import { ask } from "../lab/line-client.ts";
import { docsName } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { tunnelAddress } from "./expectations.ts";

const deadlineMs = 60_000;
const turnMs = 200;

/** Asks a resolver as a program of the laptop would. */
export async function lookUp(world: World, server: string, host: string) {
  const { four, six } = await ask(world.network.client, { verb: "lookUp", server, host });
  return { four, six };
}

/** Asks the laptop's stub for the granted name until it says this. */
export async function untilTold(
  world: World,
  wanted: { readonly four: unknown; readonly six: unknown },
) {
  const endMs = monotonicMs() + deadlineMs;
  for (;;) {
    const said = await lookUp(world, tunnelAddress(world), docsName);
    if (JSON.stringify(said) === JSON.stringify(wanted)) return;
    expect(monotonicMs(), `still: ${JSON.stringify(said)}`).toBeLessThan(endMs);
    await delay(turnMs);
  }
}
