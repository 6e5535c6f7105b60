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

/** Tells where the host of a URL leads at first, and whenever that changes, until it is stopped; waits for the first answer, but not for long. */
export async function followName(
  url: string,
  parts: {
    readonly clock: Clock;
    readonly log: Log;
    readonly moved: (addresses: readonly string[]) => void;
  },
  machine: Whereabouts = thisMachine,
): Promise<{ readonly stop: () => void }> {
  const { clock, log, moved } = parts;
  const name = new URL(url).hostname;
  if (isIP(name.replace(/^\[|\]$/g, "")) !== 0) return { stop: () => undefined };
  let held = "";
  let stopped = false;
  let cancel: () => void = () => undefined;
  const look = async (): Promise<void> => {
    try {
      const found = await addressesOf(name, machine);
      if (!stopped && found.join() !== held) moved(found);
      held = found.join();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn("own name leads nowhere, its former addresses stay", { name, why });
    }
    if (!stopped) cancel = clock.wake(againMs, () => void look());
  };
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const forget = clock.wake(firstWithinMs, resolve);
  await Promise.race([look(), late]);
  forget();
  return {
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
