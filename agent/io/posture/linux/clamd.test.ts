import { createServer } from "node:net";
import type { Server } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askClamd } from "./clamd.ts";

let folder = "";
let server: Server | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-clamd-"));
});
afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

/** Answers as clamd does: one reply per connection, ended by a zero byte. */
async function clamd(replies: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, "clamd.ctl");
  server = createServer((socket) => {
    socket.once("data", (command) => socket.end(`${replies[command.toString()] ?? ""}\0`));
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return path;
}

const probe = (socket: string) => ({ kind: "clamd", sockets: [socket], database: folder }) as const;
const stats = "POOLS: 1\n\nSTATE: VALID PRIMARY\nTHREADS: live 1\nEND";

test("a daemon with a daily set is healthy and says how old the set is", async () => {
  const made = new Date(Date.now() - 5 * 3_600_000).toString().slice(0, 24);
  const socket = await clamd({
    "zPING\0": "PONG",
    "zVERSION\0": `ClamAV 1.4.6/27500/${made}`,
    "zSTATS\0": stats,
  });
  expect((await askClamd(probe(socket))).health).toEqual({ kind: "healthy", signatureAgeHours: 5 });
});

test("a daemon without any signatures is degraded", async () => {
  const socket = await clamd({
    "zPING\0": "PONG",
    "zVERSION\0": "ClamAV 1.4.6",
    "zSTATS\0": stats,
  });
  expect((await askClamd(probe(socket))).health).toMatchObject({ kind: "degraded" });
});

test("garbage from the socket is degraded, no socket is unknown", async () => {
  const socket = await clamd({ "zPING\0": "PING", "zVERSION\0": "\u0001", "zSTATS\0": "" });
  expect((await askClamd(probe(socket))).health).toMatchObject({ kind: "degraded" });
  expect((await askClamd(probe(join(folder, "none")))).health).toEqual({ kind: "unknown" });
});
