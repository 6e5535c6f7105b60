/**
 * Brings trust sets to links: to each that says hello with another one than ours, ahead of everything
 * that could be signed by a key it does not know, and to all when keys change.
 */
import { spiffeOf } from "#shared/base/spiffe.ts";
import type { TrustSet } from "#shared/protocol/trust.ts";
import type { Link } from "../core/session/link.ts";
import type { ControllerState } from "../core/state.ts";
import type { Authority } from "../ports/authority.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Mailroom } from "./mailroom.ts";

/** What bringing works with. */
export interface TrustCourierParts {
  readonly state: Pick<ControllerState, "links" | "trustDomain">;
  readonly authority: Pick<Authority, "trustSet">;
  readonly mailroom: Pick<Mailroom, "post" | "hold" | "release">;
  readonly clock: Pick<Clock, "wake">;
  readonly log: Pick<Log, "warn">;
}

/** Brings trust sets to links. */
export interface TrustCourier {
  /** A link said hello and holds a trust set of this version (0 = none that it knows of). */
  greet(link: number, heldVersion: number): void;
  /** Resolves when every link has its newest set before it in its queue; rejects where the store fails. */
  distribute(): Promise<void>;
}

/** A slow store must not keep a gateway's snapshot, and with it a closing, for longer. */
const holdMaxMs = 1_000;
/** Signing for all at once would keep removals waiting. */
const atOnce = 64;

/** Returns a courier over the links of the state. */
export function makeTrustCourier(parts: TrustCourierParts): TrustCourier {
  const { state, authority, mailroom, clock, log } = parts;
  const setOf = ({ identity: { role, id } }: Link): Promise<TrustSet> =>
    authority.trustSet(spiffeOf(state.trustDomain, { role, id }));
  return {
    greet(id, heldVersion) {
      const link = state.links.get(id);
      if (link === undefined) return;
      mailroom.hold(id);
      const forget = clock.wake(holdMaxMs, () => mailroom.release(id));
      setOf(link).then(
        (set) => {
          forget();
          const news = set.version === heldVersion ? [] : [{ kind: "trust", set } as const];
          mailroom.release(id, ...news);
        },
        (error: unknown) => {
          forget();
          mailroom.release(id);
          const why = error instanceof Error ? error.message : String(error);
          log.warn("trust set not sent", { id: link.identity.id, why });
        },
      );
    },
    async distribute() {
      const links = [...state.links.values()].filter(({ phase }) => phase === "greeted");
      for (let from = 0; from < links.length; from += atOnce) {
        const slice = links.slice(from, from + atOnce);
        await Promise.all(
          slice.map(async (link) => {
            const set = await setOf(link);
            if (!state.links.has(link.id)) return;
            mailroom.post(link.id, { kind: "message", message: { kind: "trust", set } }, true);
          }),
        );
      }
    },
  };
}
