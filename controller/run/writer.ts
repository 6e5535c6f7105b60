/**
 * Hands transactions to the store and tells how they ended. Writes that nobody waits for (what was
 * closed, what was decided) are kept and tried again while the store is down; openings are not: they fail.
 */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ControllerEvent } from "../core/event.ts";
import type { StoreWrite } from "../core/row.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";

const retryMs = 1_000;
const keptMax = 20_000;

/** What a writer works with; `dispatch` takes the outcome back into the loop. */
export interface WriterParts {
  readonly store: Pick<Store, "write">;
  readonly clock: Clock;
  readonly log: Log;
  readonly dispatch: (event: ControllerEvent) => void;
}

/** Hands over transactions in their order. */
export interface Writer {
  write(token: number | null, writes: readonly StoreWrite[]): void;
  /** Resolves when nothing is under way. */
  drain(): Promise<void>;
}

/** Returns a writer over a store. */
export function makeWriter(parts: WriterParts): Writer {
  const kept: StoreWrite[] = [];
  const underWay = new Set<Promise<void>>();
  const start = (token: number | null, writes: readonly StoreWrite[]): void => {
    const attempt = tryWrite(token, writes).finally(() => underWay.delete(attempt));
    underWay.add(attempt);
  };
  const tryWrite = async (token: number | null, writes: readonly StoreWrite[]): Promise<void> => {
    try {
      const { conflicts } = await parts.store.write(writes);
      if (token !== null || conflicts.length > 0) {
        parts.dispatch({ kind: "written", token: token ?? 0, conflicts });
      }
    } catch (error) {
      const reference = errorRefOf(error);
      parts.log.warn("store write failed", { ...reference, writes: writes.length });
      if (token !== null) parts.dispatch({ kind: "writeFailed", token, error: reference });
      keep(writes.filter((write) => token === null || survives(write)));
    }
  };
  const keep = (writes: readonly StoreWrite[]): void => {
    if (writes.length === 0) return;
    const first = kept.length === 0;
    kept.push(...writes);
    if (kept.length > keptMax) {
      const lost = kept.splice(0, kept.length - keptMax).length;
      parts.log.error("store writes lost", { code: "SP-801", lost });
    }
    if (!first) return;
    parts.clock.wake(retryMs, () => start(null, kept.splice(0)));
  };
  return {
    write: start,
    async drain() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** Of a failed opening only what closed something or was decided is worth keeping. */
function survives(write: StoreWrite): boolean {
  return write.kind !== "grant" && write.kind !== "event" && write.kind !== "fact";
}

function errorRefOf(error: unknown): ErrorRef {
  if (error instanceof CodedError) return { code: error.code, params: error.params };
  const why = error instanceof Error ? error.message : String(error);
  return { code: "SP-801", params: { doing: "writing", why: why.slice(0, 256) } };
}
