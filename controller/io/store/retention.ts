/** Once a day deletes what is past its time: events after 30 days, everything else after 400, or as administrators set it. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { dayFileName, listDayFiles } from "../audit/day-file.ts";
import { retentionOf } from "./retention-days.ts";
import { type PrunedTable, prunedTables } from "./operations/prune.ts";
import type { StoreThreads } from "./store-threads.ts";
import { dayMs } from "#shared/base/time-span.ts";

const stepRows = 500;
const pauseMs = 20;

/** What retention works on. */
export interface RetentionParts {
  readonly store: Pick<StoreThreads, "read" | "write">;
  readonly decisionLog: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs now and then every day; returns how to stop. */
export function startRetention(parts: RetentionParts): () => void {
  const { clock, log } = parts;
  let cancel: () => void = () => undefined;
  let stopped = false;
  const pause = () =>
    new Promise<void>((resolve) => {
      cancel = clock.wake(pauseMs, resolve);
    });
  const run = async () => {
    try {
      await pruneAll(parts, pause, () => stopped);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn("retention failed", { why });
    }
    if (!stopped) cancel = clock.wake(dayMs, () => void run());
  };
  void run();
  return () => {
    stopped = true;
    cancel();
  };
}

/** Deletes all that is due; returns the rows per table. */
export async function pruneAll(
  parts: RetentionParts,
  pause: () => Promise<void>,
  stopped: () => boolean,
): Promise<Readonly<Record<PrunedTable, number>>> {
  const { store, clock, log } = parts;
  const nowAt = clock.nowAt();
  const { eventDays, otherDays } = retentionOf(await store.read("setting.list", undefined));
  const rows = { event: 0, decision: 0, decision_input: 0, grant_: 0, certificate: 0, audit: 0 };
  for (const table of prunedTables) {
    const before = nowAt - (table === "event" ? eventDays : otherDays) * dayMs;
    let step = stepRows;
    while (step === stepRows && !stopped()) {
      step = await store.write("retention.prune", { table, before, limit: stepRows });
      rows[table] += step;
      if (step === stepRows) await pause();
    }
  }
  removeDayFiles(parts, nowAt - otherDays * dayMs);
  if (Object.values(rows).some((count) => count > 0)) {
    await store.write("retention.audit", { at: nowAt, rows });
    log.info("retention deleted rows", rows);
  }
  return rows;
}

function removeDayFiles({ decisionLog, log }: RetentionParts, before: number): void {
  const oldest = dayFileName(before);
  for (const name of listDayFiles(decisionLog).filter((one) => one < oldest)) {
    rmSync(join(decisionLog, name));
    log.info("retention deleted a day of the decision log", { name });
  }
}
