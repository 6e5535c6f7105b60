/** Where people come in by the identity provider: sends them there, and takes back whom it vouches for. */
import { randomBytes } from "node:crypto";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Sealing } from "../keys/sealing.ts";
import type { StoreThreads } from "../store/store-threads.ts";
import {
  findIdentityProvider,
  type Demand,
  type IdentityProvider,
  type Vouched,
} from "./identity-provider.ts";
import { makeJourneys, type Purpose } from "./journeys.ts";
import type { OutwardFetch } from "./outward-fetch.ts";
import { openSecret, readSignIn, type StoredSignIn } from "./sign-in-settings.ts";

/** How long what a provider said of itself is believed. */
const providerMs = 3_600_000;

/** What the desk works with. */
export interface SignInDeskParts {
  readonly store: Pick<StoreThreads, "read">;
  readonly sealing: Sealing;
  readonly outward: OutwardFetch;
  readonly clock: Pick<Clock, "monotonicMs" | "nowAt">;
}

/** One who came back. */
export interface Arrival {
  readonly vouched: Vouched;
  readonly purpose: Purpose;
  readonly settings: StoredSignIn;
}

/** Sends people to the identity provider and takes them back. */
export interface SignInDesk {
  /** Returns what is set, or null. */
  settings(): Promise<StoredSignIn | null>;
  /** Returns where to send the browser, and what it must bring back. */
  depart(order: Departure): Promise<{ readonly url: string; readonly browserSecret: string }>;
  /** Throws SP-720 to SP-723. */
  arrive(callback: URL, browserSecret: string | null): Promise<Arrival>;
  /** Asks the provider of settings that are not in force yet; throws SP-721 where it is none. */
  tryOut(settings: StoredSignIn): Promise<void>;
}

/** A sign-in that begins. */
export interface Departure {
  readonly redirectUri: string;
  readonly purpose: Purpose;
  readonly demand: Demand;
}

/** Returns the desk. */
export function makeSignInDesk(parts: SignInDeskParts): SignInDesk {
  const { store, sealing, outward, clock } = parts;
  const journeys = makeJourneys(clock);
  const find = (settings: StoredSignIn) =>
    findIdentityProvider(settings, { secret: openSecret(sealing, settings), outward, clock });
  let held: { text: string; untilMs: number; provider: Promise<IdentityProvider> } | null = null;
  const settings = async () => readSignIn(await store.read("setting.list", undefined));
  const inForce = async () => {
    const found = await settings();
    if (found === null) throw new CodedError("SP-720");
    const text = JSON.stringify(found);
    if (held?.text !== text || held.untilMs < clock.monotonicMs()) {
      held = { text, untilMs: clock.monotonicMs() + providerMs, provider: find(found) };
      // What failed is asked again by the next one who comes.
      held.provider.catch(() => (held = null));
    }
    return { settings: found, provider: await held.provider };
  };
  return {
    settings,
    async depart({ redirectUri, purpose, demand }) {
      const { provider } = await inForce();
      const { url, journey } = await provider.depart(redirectUri, demand);
      const browserSecret = randomBytes(32).toString("base64url");
      journeys.keep({ journey, purpose }, browserSecret);
      return { url, browserSecret };
    },
    async arrive(callback, browserSecret) {
      const pending = journeys.take(callback.searchParams.get("state") ?? "", browserSecret);
      if (pending === null) throw new CodedError("SP-723");
      const { provider, settings } = await inForce();
      const own = new URL(pending.journey.redirectUri);
      own.search = callback.search;
      return {
        vouched: await provider.arrive(own, pending.journey),
        purpose: pending.purpose,
        settings,
      };
    },
    async tryOut(wanted) {
      await find(wanted);
    },
  };
}
