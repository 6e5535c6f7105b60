import type { FactView, Input } from "../input.ts";

/** Returns the input at another instant: facts, sign-in and elevations keep their distance from now. */
export function moveTo(input: Input, nowAt: number): Input {
  const shift = nowAt - input.nowAt;
  const facts = new Map<string, FactView>();
  for (const [signal, fact] of input.facts) {
    facts.set(signal, { ...fact, untilAt: fact.untilAt + shift });
  }
  const { user } = input;
  const elevations = input.elevations.map((elevation) => ({
    ...elevation,
    sinceAt: elevation.sinceAt === undefined ? undefined : elevation.sinceAt + shift,
    untilAt: elevation.untilAt + shift,
  }));
  const moved = user === undefined ? undefined : { ...user, authAt: user.authAt + shift };
  return { ...input, nowAt, facts, elevations, user: moved };
}
