/** Pages at which people sign in for a device: a secret in the address, a code to compare. */
import { randomBytes, randomInt } from "node:crypto";
import type { SignInTicket } from "../../core/person/sign-in-ticket.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SignInPages } from "../../ports/sign-in-pages.ts";

const lastsMs = 600_000;
/** Consonants: no word, and nothing that reads like something else (RFC 8628 §6.1). */
const letters = "BCDFGHJKLMNPQRSTVWXZ";

/** A ticket that somebody holds the secret of. */
export interface HeldTicket {
  readonly ticket: SignInTicket;
  readonly code: string;
  readonly untilAt: number;
}

/** Makes pages, and knows them again. */
export interface SignInTickets extends SignInPages {
  /** Returns the ticket of a secret, or null where it is spent or over. */
  find(secret: string): HeldTicket | null;
  /** Forgets it; false where somebody was faster. */
  spend(secret: string): boolean;
}

/** Returns the tickets of the console whose origin is told. */
export function makeSignInTickets(
  clock: Pick<Clock, "nowAt">,
  origin: () => string,
): SignInTickets {
  const held = new Map<string, HeldTicket>();
  // A device has one page at a time, so none can push out those of others.
  const secrets = new Map<string, string>();
  return {
    open(ticket) {
      held.delete(secrets.get(ticket.device) ?? "");
      const secret = randomBytes(32).toString("base64url");
      const code = makeCode();
      const untilAt = Math.floor(clock.nowAt()) + lastsMs;
      secrets.set(ticket.device, secret);
      held.set(secret, { ticket, code, untilAt });
      // Behind the hash, so that it reaches no log and no referrer.
      return { url: `${origin()}/#device-sign-in=${secret}`, code, untilAt };
    },
    find(secret) {
      const found = held.get(secret);
      return found !== undefined && found.untilAt > clock.nowAt() ? found : null;
    },
    spend: (secret) => held.delete(secret),
  };
}

function makeCode(): string {
  const text = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join("");
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}
