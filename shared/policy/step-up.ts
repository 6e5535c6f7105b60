import { type Strength, strengths } from "./document.ts";
import type { Input } from "./input.ts";

/** What a step-up asks for: a sign-in of at least this strength, at most this old. */
export interface StepUp {
  readonly strength: Strength;
  readonly maxAgeSeconds: number;
}

/** Strongest first; names of OpenID EAP ACR 1.0 and RFC 8176. */
const phishingResistant = new Set(["phishing_resistant", "phr", "phrh", "hwk", "pop"]);
const multiFactor = new Set(["mfa", "otp", "mca"]);

/** Returns the strength of a sign-in by its `acr` and `amr`; a name that is not known proves nothing. */
function strengthOf(user: NonNullable<Input["user"]>): Strength {
  const names = [user.acr, ...user.amr];
  if (names.some((name) => phishingResistant.has(name))) return "phishing_resistant";
  return names.some((name) => multiFactor.has(name)) ? "mfa" : "single";
}

/** Returns the instant until which the sign-in satisfies the step-up, or null where it does not. */
export function stepUpUntil(stepUp: StepUp, input: Input): number | null {
  const { user, nowAt } = input;
  if (user === undefined) return null;
  if (strengths.indexOf(strengthOf(user)) < strengths.indexOf(stepUp.strength)) return null;
  const untilAt = user.authAt + stepUp.maxAgeSeconds * 1_000;
  return untilAt > nowAt ? untilAt : null;
}

/** Returns the strictest of two step-ups: the stronger sign-in, the shorter age. */
export function strictest(left: StepUp | undefined, right: StepUp | undefined): StepUp | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const stronger = strengths.indexOf(left.strength) > strengths.indexOf(right.strength);
  return {
    strength: stronger ? left.strength : right.strength,
    maxAgeSeconds: Math.min(left.maxAgeSeconds, right.maxAgeSeconds),
  };
}
