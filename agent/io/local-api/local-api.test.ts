import { chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Queue } from "../../../test/fakes/queue.ts";
import type { LocalEvent } from "../../core/event.ts";
import type { LocalApi } from "../../ports.ts";
import { openLocalApi } from "./local-api.ts";
import type { SeatReader } from "./seat.ts";

let directory: string;
let path: string;
let api: LocalApi;
let events: Queue<LocalEvent>;
const sockets: Socket[] = [];

const seatOf: SeatReader = (uid) => (uid === 1000 ? "own" : "another's");

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  path = join(directory, "agent.sock");
  events = new Queue();
  api = await openLocalApi(path, events.push, seatOf);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.close();
  rmSync(directory, { recursive: true });
});

const peer = '{"peer":{"uid":1000,"gid":1000,"pid":7,"user":"ada","exe":"/usr/bin/sallyport"}}\n';

function dial(): { socket: Socket; lines: Queue<string>; closed: Promise<void> } {
  const socket = connect(path);
  sockets.push(socket);
  const lines = new Queue<string>();
  let held = "";
  socket.on("data", (bytes: Buffer) => {
    held += bytes.toString();
    const parts = held.split("\n");
    held = parts.pop() ?? "";
    for (const line of parts) lines.push(line);
  });
  socket.on("error", () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  return { socket, lines, closed };
}

test("is there for its own user only", () => {
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("lets netd in where the folder is another user's", async ({ skip }) => {
  skip(process.getuid?.() !== 0, "needs root: gives a folder away");
  await api.close();
  chownSync(directory, 65_534, 65_534);
  api = await openLocalApi(path, events.push, seatOf);
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test("says whose the screen is to whoever signs in, and to no other request", async () => {
  const { socket } = dial();
  socket.write(
    `${peer}{"id":1,"verb":"login"}\n{"id":2,"verb":"down"}\n{"id":3,"verb":"status"}\n`,
  );
  const seats = [await events.next(), await events.next(), await events.next()];
  expect(seats.map((asked) => (asked.kind === "asked" ? asked.peer.seat : "gone"))).toEqual([
    "own",
    "own",
    undefined,
  ]);
});

test("knows the peer by netd's line, and answers under the request's own number", async () => {
  const { socket, lines } = dial();
  socket.write(`${peer}{"id":7,"verb":"status"}\n`);
  const asked = await events.next();
  expect(asked).toMatchObject({
    kind: "asked",
    id: 7,
    peer: { uid: 1000, user: "ada" },
    request: { verb: "status" },
  });
  if (asked.kind !== "asked") return;
  api.answer(asked.client, 7, { ok: true, body: { id: "dev_1", ok: false, state: "x" } });
  expect(JSON.parse(await lines.next())).toEqual({ id: 7, ok: true, state: "x" });
  api.answer(asked.client, 7, {
    ok: false,
    error: { code: "SP-702", params: { what: "resource", name: "db" } },
  });
  expect(JSON.parse(await lines.next())).toMatchObject({
    id: 7,
    ok: false,
    error: { code: "SP-702", exit: 1, detail: "there is no resource `db`" },
  });
  socket.destroy();
  expect(await events.next()).toEqual({ kind: "clientGone", client: asked.client });
});

test.each([
  ['{"id":1,"verb":"status"}', "a request in place of netd's line"],
  ['{"peer":{"uid":-1}}', "an impossible user"],
  ["hello", "no JSON"],
])("hangs up on %s (%s)", async (line) => {
  const { socket, closed } = dial();
  socket.write(`${line}\n${peer}{"id":1,"verb":"status"}\n`);
  await closed;
  expect(events.rest.filter((event) => event.kind === "asked")).toEqual([]);
});

test("a second peer line is no new peer: it is a request that is not understood", async () => {
  const { socket, lines } = dial();
  socket.write(`${peer}{"peer":{"uid":0,"user":"root"}}\n{"id":2,"verb":"unenrol"}\n`);
  expect(JSON.parse(await lines.next())).toMatchObject({ id: 0, error: { code: "SP-703" } });
  expect(await events.next()).toMatchObject({ kind: "asked", id: 2, peer: { uid: 1000 } });
});

test.each([
  '{"id":3,"verb":"party"}',
  '{"id":3,"verb":"explain"}',
  `{"id":3,"verb":"enrol","key":"${"x".repeat(600)}"}`,
  '{"id":3,"verb":"down","reason":"\\u001b[2J"}',
])("refuses %s and keeps the connection", async (line) => {
  const { socket, lines } = dial();
  socket.write(`${peer}${line}\n`);
  expect(JSON.parse(await lines.next())).toMatchObject({ id: 3, error: { code: "SP-703" } });
  socket.write('{"id":4,"verb":"status"}\n');
  expect(await events.next()).toMatchObject({ kind: "asked", id: 4 });
});

test("hangs up on a line over 1 MiB", async () => {
  const { socket, closed } = dial();
  socket.write(peer);
  socket.write("x".repeat(1_100_000));
  await closed;
});

test("takes the place of a socket that a killed agent left behind", async () => {
  const again = await openLocalApi(path, events.push, seatOf);
  const { socket } = dial();
  socket.write(`${peer}{"id":1,"verb":"status"}\n`);
  expect(await events.next()).toMatchObject({ kind: "asked" });
  await again.close();
});
