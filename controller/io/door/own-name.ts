/** Where the controller's own name leads: devices need those addresses where they lie inside a protected prefix. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

const againMs = 60_000;
/** A resolver that does not answer keeps nobody from being served. */
const firstWithinMs = 3_000;
const addressesMax = 16;
const loopback = /^(127\.|::1$)/;

/** The machine, as far as it knows names and addresses. */
export interface Whereabouts {
  readonly resolve: (name: string) => Promise<readonly string[]>;
  readonly own: () => readonly string[];
}

/** A name that is looked up again and again. */
interface FollowedName {
  /** Where it leads by now. */
  readonly addresses: () => readonly string[];
  /** Tells where it leads by now, and then whenever that changes. */
  readonly tell: (moved: (addresses: readonly string[]) => void) => void;
  readonly stop: () => void;
}

/** Follows where the host of a URL leads; waits for the first answer, but not for long. */
export async function followName(
  url: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  machine: Whereabouts = thisMachine,
): Promise<FollowedName> {
  const name = new URL(url).hostname;
  if (isIP(name.replace(/^\[|\]$/g, "")) !== 0) {
    return { addresses: () => [], tell: () => undefined, stop: () => undefined };
  }
  let held: readonly string[] = [];
  let moved: (addresses: readonly string[]) => void = () => undefined;
  let stopped = false;
  let cancel: () => void = () => undefined;
  const look = async (): Promise<void> => {
    const found = await addressesOf(name, machine).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      log.warn("own name leads nowhere, its former addresses stay", { name, why });
      return held;
    });
    if (stopped) return;
    cancel = clock.wake(againMs, () => void look());
    if (found.join() === held.join()) return;
    held = found;
    moved(found);
  };
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const forget = clock.wake(firstWithinMs, resolve);
  await Promise.race([look(), late]);
  forget();
  return {
    addresses: () => held,
    // The first answer may have come when nobody could be told yet.
    tell: (listener) => {
      moved = listener;
      moved(held);
    },
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}

/** Many hosts lead their own name to loopback; elsewhere it leads to one of their addresses. */
async function addressesOf(name: string, machine: Whereabouts): Promise<readonly string[]> {
  const found = await machine.resolve(name);
  const all = found.some((address) => loopback.test(address))
    ? [...found, ...machine.own()]
    : found;
  const outside = all.filter((address) => !loopback.test(address));
  return [...new Set(outside)].sort().slice(0, addressesMax);
}

const thisMachine: Whereabouts = {
  resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  own: () =>
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => address),
};
