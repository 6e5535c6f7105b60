// Whatever signs somebody in ends by itself at its time, whether or not anybody looked in between.
import { afterEach, beforeEach, expect, test } from "vitest";
import { rootToken } from "../../../test/fakes/admin-api.ts";
import { openStoreInProcess, type StoreInProcess } from "../../../test/fakes/store-in-process.ts";

const at = 1_800_000_000_000;
const audit = { at, actor: "t", action: "token create", subject: "", body: {} } as const;
let store: StoreInProcess;

beforeEach(async () => {
  store = await openStoreInProcess();
  const token = { ...rootToken("ann"), expiresAt: at + 5_000 };
  await store.write("token.create", { token, audit });
});
afterEach(() => store.close());

const session = (name: string, begunAt = at) => ({
  hash: `hash-${name}`,
  id: `ses-${name}`,
  expiresAt: begunAt + 10_000,
  at: begunAt,
});
const isLive = async (name: string, nowAt: number) =>
  (await store.read("session.live", { hash: `hash-${name}`, nowAt })) !== null;

const passkey = (id: string) => ({
  id,
  name: "first",
  publicKey: new Uint8Array(8),
  counter: 0,
  transports: [],
  backedUp: false,
});

test("a session ends at its time, and with the token that it stands on", async () => {
  await store.write("session.open", { ...session("one"), by: { token: "ann" } });
  expect([await isLive("one", at + 4_999), await isLive("one", at + 5_000)]).toEqual([true, false]);
  await store.write("passkey.link", { hash: "link", role: "viewer", expiresAt: at + 1, audit });
  const admin = { id: "adm-eve", name: "eve" };
  const order = { link: "link", admin, passkey: passkey("key-eve"), session: session("two") };
  expect(await store.write("passkey.set_up", order)).toBe(true);
  expect([await isLive("two", at + 9_999), await isLive("two", at + 10_000)]).toEqual([
    true,
    false,
  ]);
});

test("a link that makes an administrator is over at its time", async () => {
  const link = { hash: "link", role: "admin", expiresAt: at + 1_000, audit } as const;
  await store.write("passkey.link", link);
  const isShown = (nowAt: number) => store.read("set_up_link.live", { hash: "link", nowAt });
  expect([await isShown(at + 999), await isShown(at + 1_000)]).toEqual([true, false]);
  const follow = (name: string, begunAt: number) =>
    store.write("passkey.set_up", {
      link: "link",
      admin: { id: `adm-${name}`, name },
      passkey: passkey(`key-${name}`),
      session: session(name, begunAt),
    });
  expect(await follow("late", at + 1_000)).toBe(false);
  await store.write("passkey.link", link);
  expect(await follow("early", at + 999)).toBe(true);
});

test("a link that signs in is over at its time, or with its token", async () => {
  const open = (name: string, begunAt: number) =>
    store.write("session.open", { ...session(name, begunAt), by: { link: "link" } });
  const make = (expiresAt: number) =>
    store.write("session.link", { hash: "link", token: "ann", expiresAt, audit });
  await make(at + 1_000);
  expect(await open("late", at + 1_000)).toBe(false);
  await make(at + 1_000);
  expect(await open("early", at + 999)).toBe(true);
  await make(at + 9_000);
  expect(await open("without-token", at + 5_000)).toBe(false);
});
