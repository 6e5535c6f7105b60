/** The thread for long computations over policies: started when first asked, started anew after it broke. */
import { type StoreThread, startThread } from "../store/thread-client.ts";
import type { analysisOperations } from "./operations.ts";

type Operations = typeof analysisOperations;
type Arguments<F> = F extends (db: never, args: infer A) => Promise<unknown> ? A : never;
type Result<F> = F extends (...all: never[]) => Promise<infer R> ? R : never;

/** Answers questions about policies; rejects with a CodedError. */
export interface Analyst {
  ask<K extends keyof Operations>(
    name: K,
    args: Arguments<Operations[K]>,
  ): Promise<Result<Operations[K]>>;
  close(): Promise<void>;
}

/** Returns the analyst over a store's file. */
export function makeAnalyst(file: string): Analyst {
  let running: Promise<StoreThread> | null = null;
  const thread = (): Promise<StoreThread> => {
    if (running !== null) return running;
    const started = startThread({ role: "analyst", file });
    const forget = () => {
      if (running === started) running = null;
    };
    running = started;
    started.then((one) => void one.ended.then(forget), forget);
    return started;
  };
  return {
    async ask(name, args) {
      // The thread runs the operation of this very name, so its result has this type.
      return (await (await thread()).call(name, args)) as Result<Operations[typeof name]>;
    },
    async close() {
      await (await running)?.close();
    },
  };
}
