import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { tokenHash } from "../token/token.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
});
afterEach(() => api.close());

type Headers = Readonly<Record<string, string>>;

/** Signs a new administrator in, as following a set-up link does; returns what the browser sends. */
async function administrator(name: string, role: string): Promise<Headers> {
  const made = await api.ask("POST", "/session/set-up-links", { body: { role } });
  const link = /#set-up=([\w-]{43})$/.exec(String(made.body["url"]))?.[1] ?? "";
  const secret = name.padEnd(43, "x");
  const at = Date.now();
  const passkey = { id: `key-${name}`, name: "first", counter: 0, backedUp: false };
  const opened = await api.store.write("passkey.set_up", {
    link: tokenHash(link),
    admin: { id: `adm-${name}`, name },
    passkey: { ...passkey, publicKey: new Uint8Array(8), transports: [] },
    session: { hash: tokenHash(secret), id: `ses-${name}`, expiresAt: at + 60_000, at },
  });
  expect(opened).toBe(true);
  return { cookie: `__Host-sallyport=${secret}`, "sec-fetch-site": "same-origin" };
}

const idsSeenBy = async (headers: Headers) =>
  ((await api.ask("GET", "/passkeys", { headers })).body["items"] as { id: string }[])
    .map(({ id }) => id)
    .toSorted();

test("nobody sees or removes another's passkey but whoever administers (IDOR)", async () => {
  const viewer = await administrator("vera", "viewer");
  const admin = await administrator("ana", "admin");
  expect(await idsSeenBy(viewer)).toEqual(["key-vera"]);
  expect(await idsSeenBy(admin)).toEqual(["key-ana", "key-vera"]);
  const foreign = await api.ask("POST", "/passkeys/key-ana/remove", { headers: viewer });
  expect(foreign.body["code"]).toBe("SP-702");
  expect((await api.ask("POST", "/passkeys/key-vera/remove", { headers: admin })).status).toBe(200);
  // The session stood on it.
  expect((await api.ask("GET", "/session", { headers: viewer })).status).toBe(401);
});

test("one's own last passkey stays, and the name of an administrator is taken once", async () => {
  const headers = await administrator("ana", "admin");
  const last = await api.ask("POST", "/passkeys/key-ana/remove", { headers });
  expect(last.body["code"]).toBe("SP-705");
  await expect(administrator("ana", "admin")).rejects.toMatchObject({ code: "SP-705" });
});

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("an answer to a challenge that was never asked is refused (replay)", async () => {
  await administrator("ana", "admin");
  const clientData = { type: "webauthn.get", challenge: "b2xk", origin: "http://localhost" };
  const response = {
    clientDataJSON: encoded(clientData),
    authenticatorData: "AAAA",
    signature: "AAAA",
  };
  const credential = { id: "key-ana", rawId: "key-ana", type: "public-key", response };
  const order = { headers: { "sec-fetch-site": "same-origin" }, body: { credential } };
  expect((await api.ask("POST", "/session/passkey", order)).body["code"]).toBe("SP-725");
  const unknown = { ...order, body: { credential: { ...credential, id: "key-eve" } } };
  expect((await api.ask("POST", "/session/passkey", unknown)).body["code"]).toBe("SP-701");
});

test("guessing set-up links is slowed down (brute force)", async () => {
  const order = { headers: {}, body: { link: "x".repeat(43), name: "eve" } };
  const tries = Array.from({ length: 14 }, () => api.ask("POST", "/session/set-up/options", order));
  expect((await Promise.all(tries)).map(({ status }) => status)).toContain(429);
});
