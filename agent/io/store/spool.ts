/** spool.db from the loop's side: writes are queued to a thread and never waited for. */
import { type ErrorRef } from "#shared/base/coded-error.ts";
import type { SpoolContent } from "../../core/link/outbox.ts";
import type { Spool } from "../../ports.ts";
import { startThread } from "../program-part.ts";
import type { SpoolOrder, SpoolReport } from "./spool-worker.ts";

/** An open spool with what it held. */
export interface OpenSpool {
  readonly spool: Spool;
  readonly content: SpoolContent;
  /** Set where the former file was corrupt and set aside (SP-305). */
  readonly trouble: ErrorRef | null;
  /** Names the function that hears of failed writes (an error) and of the first good one after (null). */
  onTrouble(listener: (error: ErrorRef | null) => void): void;
}

/** Opens (or makes) the spool at a path. */
export async function openSpool(path: string): Promise<OpenSpool> {
  const worker = startThread(new URL("./spool-worker.ts", import.meta.url), path);
  let failing: ErrorRef | null = null;
  let listener: (error: ErrorRef | null) => void = () => undefined;
  const closed = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<Extract<SpoolReport, { kind: "opened" }>>();
  const tell = (error: ErrorRef | null): void => {
    if (failing === null && error === null) return;
    failing = error;
    listener(error);
  };
  worker.on("message", (report: SpoolReport) => {
    if (report.kind === "opened") opened.resolve(report);
    else if (report.kind === "closed") closed.resolve();
    else tell(report.kind === "failed" ? failure(path, report) : null);
  });
  worker.on("error", (error: Error) => {
    opened.reject(error);
    closed.resolve();
    tell({ code: "SP-901", params: { why: error.message } });
  });
  const { content, aside } = await opened.promise;
  const order = (message: SpoolOrder): void => worker.postMessage(message);
  return {
    content,
    trouble: aside === null ? null : { code: "SP-305", params: { file: path, aside } },
    onTrouble: (next) => {
      listener = next;
      if (failing !== null) next(failing);
    },
    spool: {
      append: (events) => order({ kind: "append", events }),
      remove: (names, upTo) => order({ kind: "remove", names, upTo }),
      close: async () => {
        order({ kind: "close" });
        await closed.promise;
        await worker.terminate();
      },
    },
  };
}

function failure(path: string, report: Extract<SpoolReport, { kind: "failed" }>): ErrorRef {
  return report.full
    ? { code: "SP-404", params: { file: path } }
    : { code: "SP-901", params: { why: `spool: ${report.why}` } };
}
