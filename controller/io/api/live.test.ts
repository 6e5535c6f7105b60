import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { patience } from "../../../test/server/patience.ts";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";

let api: AdminApiUnderTest;
const ends: (() => void)[] = [];

beforeEach(async () => {
  api = await openAdminApi();
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await api.close();
});

interface Heard {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Opens the stream; `next` gives one event after the other. */
async function listen(lastId?: string, as = api.asRoot): Promise<() => Promise<Heard>> {
  const abort = new AbortController();
  ends.push(() => abort.abort());
  const more = lastId === undefined ? {} : { "last-event-id": lastId };
  const headers = { ...as, ...more };
  const response = await fetch(`${api.url}/live`, { headers, signal: abort.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body!.getReader();
  let text = "";
  return async () => {
    while (!text.includes("\n\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the stream ended");
      text += new TextDecoder().decode(value);
    }
    const [block = "", ...rest] = text.split("\n\n");
    text = rest.join("\n\n");
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
    return { id: field("id"), event: field("event"), data: JSON.parse(field("data")) as unknown };
  };
}

test("a reader hears what changes from then on, in its order", async () => {
  const next = await listen();
  expect((await next()).event).toBe("reset");
  api.fleet.tell({ kind: "device", id: "dev_1" });
  api.fleet.tell({ kind: "records", what: "policy" });
  expect(await next()).toMatchObject({ event: "device", data: { id: "dev_1" } });
  expect(await next()).toMatchObject({ event: "records", data: { what: "policy" } });
});

test("a reader that comes back hears what it missed, and nothing twice", async () => {
  const first = await listen();
  await first();
  api.fleet.tell({ kind: "device", id: "dev_1" });
  const { id } = await first();
  for (const end of ends.splice(0)) end();
  api.fleet.tell({ kind: "device", id: "dev_2" });
  const second = await listen(id);
  // Cut off behind this it asks again from where it was, not from where the others are.
  expect(await second()).toMatchObject({ event: "hello", id: "" });
  expect(await second()).toMatchObject({ event: "device", data: { id: "dev_2" } });
});

test("what is not kept any more is said to be missing", async () => {
  const first = await listen();
  await first();
  api.fleet.tell({ kind: "device", id: "dev_0" });
  const { id } = await first();
  for (let n = 0; n < 600; n += 1) api.fleet.tell({ kind: "device", id: `dev_${n}` });
  const second = await listen(id);
  expect((await second()).event).toBe("reset");
});

test("Attack: a stream outlives the token that opened it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const token = { name: "wall", role: "viewer", validForSeconds: 3_600 };
    const { body } = await api.ask("POST", "/tokens", { body: token });
    const next = await listen(undefined, { authorization: `Bearer ${String(body["token"])}` });
    expect((await next()).event).toBe("reset");
    vi.advanceTimersByTime(4_000);
    expect((await next()).event).toBe("beat");
    const revoked = await api.ask("POST", `/tokens/${String(body["id"])}/revoke`);
    expect(revoked.status).toBe(200);
    vi.advanceTimersByTime(4_000);
    await expect(next()).rejects.toThrow(/terminated|ended|closed/);
    api.fleet.tell({ kind: "device", id: "dev_1" });
  } finally {
    vi.useRealTimers();
  }
});

test("Attack: one viewer takes every stream", async () => {
  const token = { name: "wall", role: "viewer", validForSeconds: 3_600 };
  const { body } = await api.ask("POST", "/tokens", { body: token });
  const viewer = { authorization: `Bearer ${String(body["token"])}` };
  for (let count = 0; count < 16; count += 1) await listen(undefined, viewer);
  expect((await fetch(`${api.url}/live`, { headers: viewer })).status).toBe(429);
  expect((await (await listen())()).event).toBe("reset");
});

test("Attack: readers that do not read hold their streams for ever", async () => {
  for (let count = 0; count < 16; count += 1) await listen();
  expect((await fetch(`${api.url}/live`, { headers: api.asRoot })).status).toBe(429);
  // More than what the system itself keeps for a connection, for each of them.
  const id = `dev_${"x".repeat(256 * 1024)}`;
  for (let count = 0; count < 64; count += 1) api.fleet.tell({ kind: "device", id });
  await vi.waitFor(async () => {
    expect((await (await listen())()).event).toBe("reset");
  }, patience);
});

test("the stream is for those who may read", async () => {
  expect((await fetch(`${api.url}/live`)).status).toBe(401);
});
