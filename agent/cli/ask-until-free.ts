/** Asks again while the agent is at something else. */
import { setTimeout as delay } from "node:timers/promises";
import type { ExchangeAnswer } from "./exchange.ts";

const againMs = 2_000;

/** Returns the first answer that is not "busy", or the last within the time; a step of the wall clock changes nothing. */
export async function askUntilFree(
  ask: () => Promise<ExchangeAnswer>,
  patienceMs: number,
  rest: () => Promise<void> = () => delay(againMs),
): Promise<ExchangeAnswer> {
  const endMs = performance.now() + patienceMs;
  let answer = await ask();
  while (answer.error?.code === "SP-705" && performance.now() < endMs) {
    await rest();
    answer = await ask();
  }
  return answer;
}
