/** Sign-ins on their way: between leaving for the identity provider and coming back, once each. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../ports/clock.ts";
import type { Journey } from "./identity-provider.ts";

const lastsMs = 600_000;
const journeysMax = 10_000;

/** How long a person may take, in seconds. */
export const journeySeconds = lastsMs / 1_000;

/** What a sign-in is for: the console, or the device of a ticket. */
export type Purpose =
  { readonly kind: "console" } | { readonly kind: "device"; readonly secret: string };

/** One sign-in on its way. */
export interface Pending {
  readonly journey: Journey;
  readonly purpose: Purpose;
}

/** The sign-ins on their way; the oldest goes where there are too many. */
export interface Journeys {
  keep(pending: Pending, browserSecret: string): void;
  /** Returns and forgets the journey of a state; null where it is over, or another browser's. */
  take(state: string, browserSecret: string | null): Pending | null;
}

/** Returns an empty list. */
export function makeJourneys(clock: Pick<Clock, "monotonicMs">): Journeys {
  const held = new Map<string, { pending: Pending; browser: Buffer; untilMs: number }>();
  return {
    keep(pending, browserSecret) {
      const [oldest] = held.keys();
      if (held.size >= journeysMax && oldest !== undefined) held.delete(oldest);
      const untilMs = clock.monotonicMs() + lastsMs;
      held.set(pending.journey.state, { pending, browser: digestOf(browserSecret), untilMs });
    },
    take(state, browserSecret) {
      const found = held.get(state);
      held.delete(state);
      if (found === undefined || browserSecret === null) return null;
      const same = timingSafeEqual(found.browser, digestOf(browserSecret));
      return same && found.untilMs > clock.monotonicMs() ? found.pending : null;
    },
  };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
