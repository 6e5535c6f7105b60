// Names as a program of the laptop asks for them.
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { monotonicMs } from "../lab/clock.ts";
import { ask } from "../lab/line-client.ts";
import { docsName } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { tunnelAddress } from "./expectations.ts";

const deadlineMs = 60_000;
/** What answers does so at once, but on a busy machine. */
const answerMs = 6_000;
const turnMs = 200;

/** Asks a resolver as a program of the laptop would. */
export async function lookUp(world: World, server: string, host: string) {
  const asked = { verb: "lookUp", server, host, timeoutMs: answerMs };
  const { four, six } = await ask(world.network.client, asked);
  return { four, six };
}

/** The page that the laptop gets from an address. */
export async function pageOf(world: World, host: string): Promise<unknown> {
  const asked = { verb: "fetch", host, timeoutMs: answerMs };
  return (await ask(world.network.client, asked))["body"];
}

/** Asks the laptop's stub for a granted name until it says this. */
export async function untilTold(
  world: World,
  wanted: { readonly four: unknown; readonly six: unknown },
  name = docsName,
) {
  const endMs = monotonicMs() + deadlineMs;
  for (;;) {
    const said = await lookUp(world, tunnelAddress(world), name);
    if (JSON.stringify(said) === JSON.stringify(wanted)) return;
    expect(monotonicMs(), `still: ${JSON.stringify(said)}`).toBeLessThan(endMs);
    await delay(turnMs);
  }
}
