/**
 * The agent's end of netd's socket: JSON lines, requests answered in order, events as they come.
 * It connects again by itself; a request without a connection is answered `unreachable`.
 */
import { connect, type Socket } from "node:net";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { NetdEvent } from "../../core/event.ts";
import { type NetdAnswer, netdNotices, type NetdRequest } from "../../core/netd.ts";
import type { Netd } from "../../ports.ts";
import { LineReader } from "../line-reader.ts";
import { type RawAnswer, parseAnswer, parseHello, parseLine } from "./netd-line.ts";

const lineBytesMax = 8 * 1024 * 1024;
const answerTimeoutMs = 30_000;
const reconnectMs = { first: 100, most: 5_000 };

/** Netd as the loop and the collectors use it. */
export interface NetdClient extends Netd {
  /** Sends any verb and returns the whole answer; used for `key` and `read`. */
  call(verb: string, fields: Readonly<Record<string, unknown>>): Promise<RawAnswer>;
  /** Resolves when netd has greeted us, or after `limitMs` all the same. */
  greeted(limitMs: number): Promise<void>;
}

/** Opens the way to netd; `dispatch` hears when netd is ready, lost, and what it notices. */
export function openNetd(socketPath: string, dispatch: (event: NetdEvent) => void): NetdClient {
  const client = new NetdConnection(socketPath, dispatch);
  client.open();
  return {
    request: (request) => client.request(request),
    call: (verb, fields) => client.call(verb, fields),
    greeted: (limitMs) => client.greeted(limitMs),
    close: () => client.close(),
  };
}

class NetdConnection {
  readonly #path: string;
  readonly #dispatch: (event: NetdEvent) => void;
  readonly #waiting = new Map<
    number,
    { settle: (answer: RawAnswer) => void; timer: NodeJS.Timeout }
  >();
  readonly #hopeful: (() => void)[] = [];
  #socket: Socket | null = null;
  #retry: NodeJS.Timeout | null = null;
  #retryMs = reconnectMs.first;
  #lastId = 0;
  #ready = false;
  #told = false;
  #closed = false;

  constructor(path: string, dispatch: (event: NetdEvent) => void) {
    this.#path = path;
    this.#dispatch = dispatch;
  }

  open(): void {
    const socket = connect(this.#path);
    this.#socket = socket;
    const lines = new LineReader(lineBytesMax, (line) => this.#take(line, lines));
    socket.on("data", (bytes: Buffer) => {
      if (!lines.push(bytes)) socket.destroy(new Error("a line over 8 MiB"));
    });
    socket.on("connect", () => void this.#greet());
    let why = "connection closed";
    socket.on("error", (error) => {
      why = error.message;
    });
    socket.on("close", () => this.#lose(socket, why));
  }

  async request(request: NetdRequest): Promise<NetdAnswer> {
    const { verb, ...fields } = request;
    return parseAnswer(await this.call(verb, fields));
  }

  call(verb: string, fields: Readonly<Record<string, unknown>>): Promise<RawAnswer> {
    const socket = this.#socket;
    if (socket === null || socket.readyState !== "open")
      return Promise.resolve(unreachable("no connection"));
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<RawAnswer>();
    const timer = setTimeout(
      () => this.#settle(id, unreachable("no answer in 30 s")),
      answerTimeoutMs,
    );
    this.#waiting.set(id, { settle: resolve, timer });
    socket.write(`${JSON.stringify({ id, verb, ...fields })}\n`);
    return promise;
  }

  greeted(limitMs: number): Promise<void> {
    if (this.#ready) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, limitMs);
    this.#hopeful.push(() => {
      clearTimeout(timer);
      resolve();
    });
    return promise;
  }

  close(): void {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#socket?.destroy();
  }

  async #greet(): Promise<void> {
    const greeted = await this.call("hello", { protocol: 1, write: true });
    const hello = parseHello(greeted);
    if (hello === null) {
      this.#socket?.destroy(new Error(greeted.error?.detail ?? "hello was not understood"));
      return;
    }
    const events = await this.call("subscribe", { events: netdNotices });
    if (!events.ok) {
      this.#socket?.destroy(new Error(events.error?.detail ?? "subscribe was refused"));
      return;
    }
    this.#ready = true;
    this.#told = false;
    this.#retryMs = reconnectMs.first;
    for (const tell of this.#hopeful.splice(0)) tell();
    this.#dispatch({ kind: "netdReady", ...hello });
  }

  #take(line: string, lines: LineReader): void {
    const parsed = parseLine(line);
    switch (parsed.kind) {
      case "event":
        if (this.#ready) this.#dispatch({ ...parsed, kind: "netdNoticed" });
        return;
      case "unasked":
        return;
      case "answer":
        return this.#settle(parsed.id, parsed.answer);
      case "other":
        lines.stop();
        this.#socket?.destroy(new Error("a line that is not ours"));
    }
  }

  #settle(id: number, answer: RawAnswer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(answer);
  }

  #lose(socket: Socket, why: string): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#ready = false;
    for (const id of this.#waiting.keys()) this.#settle(id, unreachable(why));
    if (this.#closed) return;
    if (!this.#told) this.#dispatch({ kind: "netdLost", because: lost(this.#path, why) });
    this.#told = true;
    this.#retry = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(reconnectMs.most, this.#retryMs * 2);
  }
}

function unreachable(detail: string): RawAnswer {
  return { ok: false, error: { code: "unreachable", at: "socket", detail }, fields: {} };
}

function lost(socket: string, why: string): ErrorRef {
  return { code: "SP-401", params: { socket, why } };
}
