/** The main thread's end of a store thread: calls in, promises out, a dead thread rejects them all. */
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ThreadReply, ThreadRequest, ThreadStart } from "./thread-message.ts";

/** A running store thread. */
export interface StoreThread {
  /** Rejects with a CodedError; order of calls is kept. */
  call(name: string, args: unknown): Promise<unknown>;
  /** Ends after everything called before it was answered. */
  close(): Promise<void>;
  /** Resolves when the thread is gone, asked or not. */
  readonly ended: Promise<void>;
}

interface Waiting {
  readonly doing: string;
  resolve(result: unknown): void;
  reject(error: CodedError): void;
}

/** Starts a thread; rejects where it cannot open the file. */
export async function startThread(start: ThreadStart): Promise<StoreThread> {
  // The packaged executable carries the thread's program inside itself.
  const worker = isSea()
    ? new Worker(getAsset("thread.ts", "utf8"), { eval: true, workerData: start })
    : new Worker(new URL("./thread.ts", import.meta.url), { workerData: start });
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let ended = false;
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  await opened(worker);
  worker.on("message", (reply: ThreadReply) => settle(waiting, reply));
  void exited.then(() => {
    ended = true;
    for (const call of waiting.values())
      call.reject(new CodedError("SP-801", { doing: call.doing }));
    waiting.clear();
  });
  return {
    call(name, args) {
      if (ended) return Promise.reject(new CodedError("SP-801", { doing: name }));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { doing: name, resolve, reject });
        post(worker, { kind: "call", id, name, args });
      });
    },
    ended: exited,
    async close() {
      if (!ended) post(worker, { kind: "close" });
      await exited;
    },
  };
}

async function opened(worker: Worker): Promise<void> {
  const first = await new Promise<ThreadReply>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  // From here on a broken thread shows as its exit, which rejects every call.
  worker.on("error", () => undefined);
  if (first.kind === "failed") {
    await worker.terminate();
    throw new CodedError(first.failure.code, first.failure.params);
  }
}

function settle(waiting: Map<number, Waiting>, reply: ThreadReply): void {
  if (reply.kind !== "done" && reply.kind !== "refused") return;
  const call = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.kind === "done") call?.resolve(reply.result);
  else call?.reject(new CodedError(reply.failure.code, reply.failure.params));
}

function post(worker: Worker, request: ThreadRequest): void {
  worker.postMessage(request);
}
