/** Measures a step, and follows what it closes to the gateways that confirm it. */
import type { StepEffect } from "#shared/protocol/api/step.ts";
import { effectOfAll } from "#shared/protocol/api/step-text.ts";
import type { Closing } from "../../ports/fleet-view.ts";
import type { ApiContext } from "./context.ts";

/** Runs what tells the core of a change. */
export type Follow = (tell: () => void) => void;

/** Returns the answer of a step with its effect: it waits for gateways a short while, never for one that is lost. */
export async function withEffect<T extends object>(
  context: ApiContext,
  step: (follow: Follow) => Promise<T>,
): Promise<T & StepEffect> {
  const begunMs = context.clock.monotonicMs();
  const closings: Promise<readonly Closing[]>[] = [];
  const answer = await step((tell) => void closings.push(context.fleet.follow(tell)));
  const tookMs = Math.round(context.clock.monotonicMs() - begunMs);
  const closed = (await Promise.all(closings)).flat();
  const gateways = closed.length === 0 ? [] : await context.store.read("gateway.list", undefined);
  const names = new Map(gateways.map(({ id, name }) => [id, name]));
  const removals = closed.map(({ gateway, ...told }) => ({
    gateway: names.get(gateway) ?? gateway,
    ...told,
  }));
  return { ...answer, ...effectOfAll([{ tookMs, removals }]) };
}
