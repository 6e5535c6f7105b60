/** One conversation over a Unix socket in JSON lines: requests by number, answers in any order. */
import { connect, type Socket } from "node:net";
import { z } from "zod";
import type { CodedError } from "#shared/base/coded-error.ts";
import { LineReader } from "../io/line-reader.ts";
import { parseJson } from "../io/json-text.ts";

const lineBytesMax = 8 * 1024 * 1024;

const answerLine = z.looseObject({
  id: z.int().nullable(),
  ok: z.boolean(),
  error: z.looseObject({ code: z.string(), detail: z.string().default("") }).optional(),
});

/** An answer with all its members. */
export type ExchangeAnswer = z.infer<typeof answerLine>;

/** An open conversation; `take` hears every further answer to the same number (streams). */
export interface Exchange {
  ask(
    verb: string,
    fields?: Readonly<Record<string, unknown>>,
    take?: (answer: ExchangeAnswer) => void,
  ): Promise<ExchangeAnswer>;
  /** Resolves when the conversation is over, whoever ended it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** What is thrown where nobody listens, where somebody did but the conversation ended, or did not begin. */
export interface Unreachable {
  readonly absent: (why: string) => CodedError;
  readonly ended: (why: string) => CodedError;
  readonly busy: () => CodedError;
}

/** Opens a conversation, or throws what `unreachable` makes of the reason. */
export async function openExchange(path: string, unreachable: Unreachable): Promise<Exchange> {
  const socket = connect(path);
  await connected(socket, unreachable.absent);
  const waiting = new Map<number, (answer: ExchangeAnswer) => void>();
  const lost = Promise.withResolvers<never>();
  // Somebody who waits for an answer hears of the loss through the race in `ask`.
  lost.promise.catch(() => undefined);
  const lines = new LineReader(lineBytesMax, (line) => {
    const parsed = answerLine.safeParse(parseJson(line));
    if (!parsed.success) return;
    const { id, error } = parsed.data;
    if (id !== null) waiting.get(id)?.(parsed.data);
    else if (error?.code === "busy") lost.reject(unreachable.busy());
  });
  socket.on("data", (bytes: Buffer) => {
    if (!lines.push(bytes)) socket.destroy();
  });
  socket.on("error", (error) => lost.reject(unreachable.ended(error.message)));
  socket.on("close", () => lost.reject(unreachable.ended("it closed the connection")));
  let lastId = 0;
  const over = Promise.withResolvers<void>();
  socket.on("close", () => over.resolve());
  return {
    ended: over.promise,
    ask: (verb, fields = {}, take) => {
      lastId += 1;
      const id = lastId;
      const first = Promise.withResolvers<ExchangeAnswer>();
      waiting.set(id, (answer) => {
        first.resolve(answer);
        take?.(answer);
      });
      socket.write(`${JSON.stringify({ id, verb, ...fields })}\n`);
      return Promise.race([first.promise, lost.promise]);
    },
    close: () => socket.destroy(),
  };
}

function connected(socket: Socket, absent: Unreachable["absent"]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", resolve);
  socket.once("error", (error) => reject(absent(error.message)));
  return promise;
}
