/** Tells when processes end: netd tells of most, what it cannot is looked for again and again. */
import { statSync } from "node:fs";
import type { WatchedProcess } from "./processes.ts";

/** Asks netd to tell of the ends of these processes; false where it cannot. */
export type TellEnds = (pids: readonly number[]) => Promise<boolean>;

/** Keeps to the processes named last. */
export interface LifeWatch {
  keep(watched: readonly WatchedProcess[]): Promise<void>;
  close(): void;
}

const usualCheckMs = 250;

/** Returns a watch of nothing; `ended` is called once for each process that is looked for here. */
export function createLifeWatch(
  tellEnds: TellEnds,
  ended: () => void,
  checkMs = usualCheckMs,
): LifeWatch {
  let timer: NodeJS.Timeout | undefined;
  let turn = 0;

  function look(left: readonly WatchedProcess[]): void {
    const alive = left.filter(({ pid }) => isThere(`/proc/${pid}`));
    if (alive.length < left.length) ended();
    if (alive.length === 0) return;
    timer = setTimeout(() => look(alive), checkMs);
    timer.unref();
  }

  return {
    keep: async (watched) => {
      const mine = ++turn;
      clearTimeout(timer);
      const told = await tellEnds(watched.map(({ pid }) => pid));
      // Another call may have overtaken this one while netd answered.
      if (!told && mine === turn) look(watched);
    },
    close: () => {
      turn++;
      clearTimeout(timer);
    },
  };
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
