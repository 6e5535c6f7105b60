/** Follows what one step took away from its sending until the gateways confirm it. */
import type { Clock } from "../ports/clock.ts";
import type { Closing } from "../ports/fleet-view.ts";

const confirmedWithinMs = 2_000;

/** A message to a gateway that takes away; `ref` is what its `applied` will name. */
interface SentRemoval {
  readonly link: number;
  readonly ref: string;
  readonly gateway: string;
  readonly removed: number;
}

/** Remembers who waits for which confirmation. */
export interface ClosingWatch {
  sent(removal: SentRemoval): void;
  confirmed(removal: {
    readonly link: number;
    readonly ref: string;
    readonly tookMs: number;
  }): void;
  /** Runs something, and tells what became of the removals that it sent before it returned. */
  follow(run: () => void): Promise<readonly Closing[]>;
}

interface Follower {
  readonly waiting: Map<string, SentRemoval>;
  readonly told: Closing[];
  readonly end: () => void;
}

/** Returns a watch that follows nothing; an answer comes when all confirmed, at the latest after two seconds. */
export function makeClosingWatch(clock: Pick<Clock, "wake">): ClosingWatch {
  const followers = new Set<Follower>();
  let collecting: Map<string, SentRemoval> | null = null;
  return {
    sent(removal) {
      if (removal.removed > 0) collecting?.set(keyOf(removal), removal);
    },
    confirmed(removal) {
      for (const follower of followers) {
        const sent = follower.waiting.get(keyOf(removal));
        if (sent === undefined) continue;
        const { gateway, removed } = sent;
        follower.told.push({ gateway, removed, tookMs: removal.tookMs });
        follower.waiting.delete(keyOf(removal));
        if (follower.waiting.size === 0) follower.end();
      }
    },
    follow(run) {
      const waiting = new Map<string, SentRemoval>();
      collecting = waiting;
      try {
        run();
      } finally {
        collecting = null;
      }
      if (waiting.size === 0) return Promise.resolve([]);
      return new Promise((resolve) => {
        const told: Closing[] = [];
        const follower = { waiting, told, end };
        const forget = clock.wake(confirmedWithinMs, end);
        followers.add(follower);
        function end(): void {
          forget();
          followers.delete(follower);
          const silent = [...waiting.values()].map(({ gateway, removed }) => ({
            gateway,
            removed,
            tookMs: null,
          }));
          resolve([...told, ...silent]);
        }
      });
    },
  };
}

function keyOf({ link, ref }: { readonly link: number; readonly ref: string }): string {
  return `${link} ${ref}`;
}
