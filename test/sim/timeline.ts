/**
 * Virtual time: what happens happens in the order of its instants, and between two instants every
 * promise settles. Nothing here waits for a real clock.
 */

/** Virtual time in ms since the start of the run. */
export interface Timeline {
  readonly nowMs: () => number;
  /** Runs `task` after `delayMs`; returns how to forget it. */
  after(delayMs: number, task: () => void): () => void;
  /** Moves on by `ms`, calling `check` after every instant at which something happened. */
  advance(ms: number, check?: () => void): Promise<void>;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** Returns a timeline that stands at 0. */
export function startTimeline(): Timeline {
  const entries: Entry[] = [];
  let now = 0;
  let order = 0;
  const insert = (entry: Entry): void => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = entries[middle];
      const later =
        other !== undefined &&
        (other.at > entry.at || (other.at === entry.at && other.order > entry.order));
      if (later) high = middle;
      else low = middle + 1;
    }
    entries.splice(low, 0, entry);
  };
  return {
    nowMs: () => now,
    after(delayMs, task) {
      const entry = { at: now + Math.max(0, delayMs), order: order++, task };
      insert(entry);
      return () => {
        const index = entries.indexOf(entry);
        if (index >= 0) entries.splice(index, 1);
      };
    },
    async advance(ms, check) {
      const until = now + ms;
      await settle();
      for (let next = entries[0]; next !== undefined && next.at <= until; next = entries[0]) {
        entries.shift();
        now = Math.max(now, next.at);
        next.task();
        await settle();
        check?.();
      }
      now = until;
    },
  };
}

/** A macrotask turn: every promise that can settle has settled when it comes back. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
