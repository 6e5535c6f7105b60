/** Reaches a collector when it is needed and talks to it; it ends by itself when idle. */
import type { UnknownReason } from "#shared/posture/fact.ts";
import type { Log } from "../../ports.ts";
import { collectorAnswer } from "./collector-answer.ts";
import type { CollectorRequest } from "./collector-request.ts";
import { openTransport } from "./collector-transport.ts";
import type { CollectorCommand, Transport } from "./collector-transport.ts";
import type { WatchedProcess } from "./linux/processes.ts";
import type { Observation } from "./observation.ts";

/** What one request gave. */
export type CollectorResult =
  | {
      readonly kind: "answered";
      readonly observations: readonly Observation[];
      readonly watched: readonly WatchedProcess[];
      /** The facts hold, but are to be looked at again soon. */
      readonly again: boolean;
      readonly inventory: Readonly<Record<string, unknown>> | null;
    }
  | { readonly kind: "failed"; readonly reason: UnknownReason; readonly detail: string };

/** What is asked, without its number. */
export type CollectorQuestion =
  | { readonly verb: "collect"; readonly signals: readonly string[]; readonly atOnce?: boolean }
  | { readonly verb: "inventory" };

/** A collector that is started on demand. */
export interface CollectorProcess {
  /** Never rejects; a collector that is late is ended. */
  ask(question: CollectorQuestion, deadlineMs: number): Promise<CollectorResult>;
  close(): void;
}

interface Pending {
  readonly line: string;
  readonly settle: (result: CollectorResult) => void;
  readonly timer: NodeJS.Timeout;
  /** It was idle and ended while we wrote: asked once more of the next one. */
  readonly again: boolean;
}

interface Running {
  readonly transport: Transport;
  readonly pending: Map<number, Pending>;
}

/** Returns a collector of the given command. */
export function createCollectorProcess(command: CollectorCommand): CollectorProcess {
  let running: Running | null = null;
  let nextId = 1;

  function start(): Running {
    const pending = new Map<number, Pending>();
    const forget = () => {
      if (running === started) running = null;
    };
    const transport = openTransport(command, {
      line: (text) => {
        if (settle(started, text)) return;
        forget();
        giveUp(started, "parse", "a line that is no answer");
      },
      closed: (cleanly, detail) => {
        forget();
        const left = [...pending];
        pending.clear();
        for (const [id, each] of left) {
          if (cleanly && !each.again) post(id, { ...each, again: true });
          else fail(each, "no_data", detail);
        }
      },
      tooLong: () => {
        forget();
        giveUp(started, "parse", "answer too long");
      },
    });
    const started: Running = { transport, pending };
    return started;
  }

  function post(id: number, each: Pending): void {
    running ??= start();
    running.pending.set(id, each);
    running.transport.send(each.line);
  }

  return {
    ask: (question, deadlineMs) =>
      new Promise((resolve) => {
        const id = nextId++;
        const request = { id, ...question } as CollectorRequest;
        const timer = setTimeout(() => {
          const late = running;
          if (late === null || !late.pending.has(id)) return;
          running = null;
          giveUp(late, "timeout", `no answer within ${deadlineMs} ms`);
        }, deadlineMs);
        post(id, { line: JSON.stringify(request), settle: resolve, timer, again: false });
      }),
    close: () => {
      if (running !== null) giveUp(running, "no_data", "closed");
      running = null;
    },
  };
}

function giveUp(target: Running, reason: UnknownReason, detail: string): void {
  for (const each of target.pending.values()) fail(each, reason, detail);
  target.pending.clear();
  target.transport.end();
}

function fail({ settle, timer }: Pending, reason: UnknownReason, detail: string): void {
  clearTimeout(timer);
  settle({ kind: "failed", reason, detail });
}

/** Hands a line to whoever asked; false for one that answers nobody can say what. */
function settle(target: Running, text: string): boolean {
  const answer = parse(text);
  if (answer === null || answer.id === null) return false;
  const pending = target.pending.get(answer.id);
  if (pending === undefined) return true;
  target.pending.delete(answer.id);
  clearTimeout(pending.timer);
  if (answer.ok) {
    const { observations, watched, again, inventory = null } = answer;
    pending.settle({ kind: "answered", observations, watched, again, inventory });
  } else pending.settle({ kind: "failed", reason: "no_data", detail: answer.detail });
  return true;
}

function parse(text: string) {
  try {
    return collectorAnswer.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

const inventoryDeadlineMs = 120_000;

/** Returns the hardware inventory, or null (and a line in the log) where the collector failed. */
export async function askInventory(
  process: CollectorProcess,
  log: Log,
): Promise<Readonly<Record<string, unknown>> | null> {
  const result = await process.ask({ verb: "inventory" }, inventoryDeadlineMs);
  if (result.kind === "answered") return result.inventory;
  log.write("warn", "inventory failed", { reason: result.reason, detail: result.detail });
  return null;
}
