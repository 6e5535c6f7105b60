/** One client of the collector: takes its lines one after the other and answers each. */
import type { Readable, Writable } from "node:stream";
import { LineReader } from "../io/line-reader.ts";
import type { CollectorReply } from "../io/posture/collector-answer.ts";
import { collectorRequest, lineBytesMax } from "../io/posture/collector-request.ts";
import type { CollectorRequest } from "../io/posture/collector-request.ts";
import { collect } from "./collect.ts";

/** What a conversation tells about itself. */
export interface ConversationEvents {
  /** A request came in or was answered: +1 or -1. */
  readonly busy: (change: 1 | -1) => void;
  /** The client sent more than a line may hold. */
  readonly overlong: () => void;
  /** The client sends no more, and all it asked is answered. */
  readonly over: () => void;
}

/** Serves one client until it ends. */
export function converse(input: Readable, output: Writable, events: ConversationEvents): void {
  let work = Promise.resolve();
  const lines = new LineReader(lineBytesMax, (text) => {
    events.busy(1);
    work = work.then(async () => {
      const reply = await answer(text);
      if (output.writable) output.write(`${JSON.stringify(reply)}\n`);
      events.busy(-1);
    });
  });
  input.on("data", (bytes: Buffer) => {
    if (!lines.push(bytes)) events.overlong();
  });
  input.on("end", () => {
    void work.then(events.over);
  });
}

async function answer(text: string): Promise<CollectorReply> {
  const request = parse(text);
  if (request === null) {
    return { id: null, ok: false, error: "bad_request", detail: "not a request" };
  }
  const { id } = request;
  try {
    if (request.verb === "inventory") {
      // Loaded only when asked for: it costs as much as everything else together.
      const { readInventory } = await import("./inventory.ts");
      return { id, ok: true, observations: [], watched: [], inventory: await readInventory() };
    }
    return { id, ok: true, ...(await collect(request.signals, request.atOnce)) };
  } catch (error) {
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, 512);
    return { id, ok: false, error: "failed", detail };
  }
}

function parse(text: string): CollectorRequest | null {
  try {
    return collectorRequest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
