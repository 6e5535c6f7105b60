/**
 * The private socket behind netd's public one. netd writes one line about the peer, then splices;
 * this trusts that line because only netd (same user, or root) can open the socket.
 */
import { once } from "node:events";
import { chmodSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import { describeError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { LocalAnswer } from "../../core/effect.ts";
import type { LocalEvent } from "../../core/event.ts";
import type { Peer } from "../../core/local/request.ts";
import type { LocalApi } from "../../ports.ts";
import { LineReader } from "../line-reader.ts";
import { parsePeer, parseRequest } from "./local-line.ts";
import type { SeatReader } from "./seat.ts";

const lineBytesMax = 1024 * 1024;
const clientsMax = 128;
const bufferedBytesMax = 4 * 1024 * 1024;

type Dispatch = (event: LocalEvent) => void;

/** Requests that are answered otherwise to whoever sits at the screen. */
const seated: ReadonlySet<string> = new Set(["login", "logout", "down"]);

/** Listens at a path that only netd may open; `dispatch` hears requests and departures. */
export async function openLocalApi(
  path: string,
  dispatch: Dispatch,
  seatOf: SeatReader,
): Promise<LocalApi> {
  const clients = new Map<number, Socket>();
  let lastClient = 0;
  const server = createServer((socket) => {
    if (clients.size >= clientsMax) {
      socket.destroy();
      return;
    }
    lastClient += 1;
    const client = lastClient;
    clients.set(client, socket);
    listen(socket, client, {
      dispatch,
      seatOf,
    });
    socket.on("close", () => {
      clients.delete(client);
      dispatch({ kind: "clientGone", client });
    });
  });
  const isFile = process.platform !== "win32";
  // A socket left by a killed agent would refuse the name; the state folder's lock makes this safe.
  if (isFile) rmSync(path, { force: true });
  const listening = Promise.withResolvers<void>();
  server.on("error", listening.reject);
  server.listen(path, listening.resolve);
  await listening.promise;
  // A pipe has no mode: its name is one that administrators alone may serve.
  if (isFile) chmodSync(path, socketMode(path));
  return {
    answer: (client, id, answer) => {
      const socket = clients.get(client);
      if (socket !== undefined) write(socket, id, answer);
    },
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      for (const socket of clients.values()) socket.destroy();
      await closed.promise;
    },
  };
}

/** Tells whether somebody answers at a path. */
export async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED") return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

/**
 * An installed netd owns the folder as root without the right to pass over modes (CAP_DAC_OVERRIDE);
 * it has the agent's group, which nobody else is in. In a folder of our own netd is our own user.
 */
function socketMode(path: string): number {
  return statSync(dirname(path)).uid === process.getuid?.() ? 0o600 : 0o660;
}

function listen(
  socket: Socket,
  client: number,
  { dispatch, seatOf }: { readonly dispatch: Dispatch; readonly seatOf: SeatReader },
): void {
  let peer: Peer | null = null;
  const lines = new LineReader(lineBytesMax, (line) => {
    if (peer === null) {
      peer = parsePeer(line);
      if (peer !== null) return;
      lines.stop();
      socket.destroy();
      return;
    }
    const parsed = parseRequest(line);
    if (!("request" in parsed)) {
      return write(socket, parsed.id, refused({ code: "SP-703", params: { why: parsed.why } }));
    }
    const seat = seated.has(parsed.request.verb) ? seatOf(peer.uid) : undefined;
    dispatch({ kind: "asked", client, peer: { ...peer, seat }, ...parsed });
  });
  socket.on("data", (bytes: Buffer) => {
    if (!lines.push(bytes)) socket.destroy();
  });
  // A peer that vanished is told by `close`; its error says nothing more.
  socket.on("error", () => socket.destroy());
}

function write(socket: Socket, id: number, answer: LocalAnswer): void {
  if (socket.destroyed) return;
  // The number last: no member of a body may stand in its place.
  const line = answer.ok
    ? { ...answer.body, ok: true, id }
    : { id, ok: false, error: shown(answer.error) };
  socket.write(`${JSON.stringify(line)}\n`);
  if (socket.writableLength > bufferedBytesMax) socket.destroy();
}

function refused(error: ErrorRef): LocalAnswer {
  return { ok: false, error };
}

function shown(error: ErrorRef): Readonly<Record<string, unknown>> {
  const { title, detail, fix, exit, slug } = describeError(error);
  return { code: error.code, slug, params: error.params, title, detail, fix, exit };
}
