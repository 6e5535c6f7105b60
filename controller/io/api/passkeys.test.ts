import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import {
  type Asked,
  makeSoftwarePasskey,
  type SoftwarePasskey,
  type Twist,
} from "../../../test/fakes/software-authenticator.ts";
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

test("Attack: a lesser token of an administrator makes itself a passkey, which may do all", async () => {
  await administrator("ana", "admin");
  const token = { name: "wall", role: "viewer", admin: "ana", validForSeconds: 60 };
  const made = await api.ask("POST", "/tokens", { body: token });
  const headers = { authorization: `Bearer ${String(made.body["token"])}` };
  for (const path of ["/passkeys/options", "/passkeys/key-ana/remove"]) {
    const answer = await api.ask("POST", path, { headers });
    const detail = expect.stringContaining("a token changes none");
    expect({ path, ...answer }).toMatchObject({ status: 409, body: { code: "SP-705", detail } });
  }
  const asked = await api.ask("POST", "/passkeys/options", {
    headers: await administrator("eve", "viewer"),
  });
  const credential = makeSoftwarePasskey(origin()).create(asked.body as object as Asked);
  const body = { name: "mine", credential };
  expect((await api.ask("POST", "/passkeys", { headers, body })).body["code"]).toBe("SP-705");
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

const page = { "sec-fetch-site": "same-origin" };
const origin = () => api.url.replace("127.0.0.1", "localhost").replace("/api/v1", "");
const asPage = (path: string, body?: object) =>
  api.ask("POST", path, { headers: page, ...(body === undefined ? {} : { body }) });

async function linkFor(role: string): Promise<string> {
  const made = await api.ask("POST", "/session/set-up-links", { body: { role } });
  return /#set-up=([\w-]{43})$/.exec(String(made.body["url"]))?.[1] ?? "";
}

const askedBy = async (path: string, body?: object) =>
  (await asPage(path, body)).body as object as Asked;

/** Follows a link to the end with a real key. */
async function follow(link: string, key: SoftwarePasskey, name: string, twist: Twist = {}) {
  const asked = await askedBy("/session/set-up/options", { link, name });
  return asPage("/session/set-up", { link, name, credential: key.create(asked, twist) });
}

const signInWith = (credential: object) => asPage("/session/passkey", { credential });
const challenge = () => askedBy("/session/passkey/options");

describe("with a real key", () => {
  let key: SoftwarePasskey;

  beforeEach(async () => {
    key = makeSoftwarePasskey(origin());
    expect((await follow(await linkFor("admin"), key, "ana")).status).toBe(200);
  });

  test("an answer counts once, and not for a challenge that is over (replay)", async () => {
    const asked = await challenge();
    const answer = key.use(asked);
    const all = await Promise.all([signInWith(answer), signInWith(answer), signInWith(answer)]);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const again of [answer, key.use(asked)]) {
      expect(await signInWith(again)).toMatchObject({ status: 403, body: { code: "SP-725" } });
    }
  });

  test.each<readonly [string, Twist]>([
    ["another origin", { origin: "https://localhost.attacker.example" }],
    ["this host by number", { origin: "http://127.0.0.1" }],
    ["another relying party", { rpId: "attacker.example" }],
    ["a key that is made", { type: "webauthn.create" }],
    ["nobody who was verified", { unverified: true }],
  ])("an answer of %s is refused", async (_name, twist) => {
    const answer = await signInWith(key.use(await challenge(), twist));
    expect(answer).toMatchObject({ status: 403, body: { code: "SP-725" } });
  });

  test("a count that does not go on is a copy's; of copies at once one counts", async () => {
    expect((await signInWith(key.use(await challenge(), { counter: 5 }))).status).toBe(200);
    for (const counter of [5, 4, 0]) {
      const answer = await signInWith(key.use(await challenge(), { counter }));
      expect(answer.body["code"]).toBe("SP-725");
    }
    const asked = await Promise.all([challenge(), challenge(), challenge()]);
    const copies = asked.map((one) => signInWith(key.use(one, { counter: 6 })));
    const statuses = (await Promise.all(copies)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  test("a challenge counts for what it was made for alone", async () => {
    const link = await linkFor("admin");
    const other = makeSoftwarePasskey(origin());
    const forSetUp = await askedBy("/session/set-up/options", { link, name: "eve" });
    expect((await signInWith(key.use(forSetUp))).body["code"]).toBe("SP-725");
    const credentials = [
      other.create(await challenge()),
      other.create(
        await askedBy("/session/set-up/options", { link: await linkFor("viewer"), name: "eve" }),
      ),
    ];
    for (const credential of credentials) {
      const answer = await asPage("/session/set-up", { link, name: "eve", credential });
      expect(answer.body["code"]).toBe("SP-725");
    }
  });

  test("another's key opens nothing under one's name, nor takes its place", async () => {
    const eve = makeSoftwarePasskey(origin());
    const link = await linkFor("viewer");
    expect((await follow(link, eve, "eve", { id: key.id })).body["code"]).toBe("SP-705");
    expect((await follow(link, eve, "eve")).status).toBe(200);
    const answer = await signInWith(eve.use(await challenge(), { id: key.id }));
    expect(answer.body["code"]).toBe("SP-725");
    expect((await signInWith(key.use(await challenge()))).body["admin"]).toBe("ana");
  });

  test("a link makes one administrator, however many follow it at once", async () => {
    const link = await linkFor("admin");
    const names = ["p1", "p2", "p3", "p4"];
    const all = await Promise.all(
      names.map((name) => follow(link, makeSoftwarePasskey(origin()), name)),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("a key with the longest name that an authenticator may give is removed like any other", async () => {
    const id = Buffer.alloc(1_023, 7).toString("base64url");
    const answer = await follow(await linkFor("viewer"), makeSoftwarePasskey(origin()), "vera", {
      id,
    });
    expect(answer.status).toBe(200);
    expect((await api.ask("POST", `/passkeys/${id}/remove`)).body).toEqual({
      id,
      state: "removed",
    });
  });
});

test("guessing set-up links is slowed down (brute force)", async () => {
  const order = { headers: {}, body: { link: "x".repeat(43), name: "eve" } };
  const tries = Array.from({ length: 14 }, () => api.ask("POST", "/session/set-up/options", order));
  expect((await Promise.all(tries)).map(({ status }) => status)).toContain(429);
});
