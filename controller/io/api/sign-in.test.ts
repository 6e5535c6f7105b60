import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { BrowserByHand } from "../../../test/fakes/browser-by-hand.ts";
import {
  type Forgery,
  type HostileProvider,
  openHostileProvider,
} from "../../../test/fakes/hostile-provider.ts";
import {
  openProvider,
  type ProviderUnderTest,
  signInBy,
} from "../../../test/fakes/identity-provider.ts";

let api: AdminApiUnderTest;
let origin: string;
let browser: BrowserByHand;

const page = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
const fromProvider = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };

beforeEach(async () => {
  api = await openAdminApi({ idpNets: ["127.0.0.0/8"] });
  origin = api.url.replace("127.0.0.1", "localhost").replace("/api/v1", "");
  browser = new BrowserByHand();
});
afterEach(() => api.close());

const redirectUri = () => `${origin}/api/v1/session/provider/callback`;

async function begin(from = browser): Promise<URL> {
  const init = { method: "POST", headers: page, body: "{}" };
  const answer = await from.ask(`${origin}/api/v1/session/provider`, init);
  expect(answer.status).toBe(200);
  return new URL(((await answer.json()) as { url: string }).url);
}

async function back(callback: string, from = browser): Promise<string> {
  const answer = await from.ask(callback, { headers: fromProvider });
  expect(answer.status).toBe(303);
  return answer.headers.get("location") ?? "";
}

async function whoAmI(from = browser): Promise<unknown> {
  return (await from.ask(`${origin}/api/v1/session`, { headers: page })).json();
}

describe("by a real provider", () => {
  let provider: ProviderUnderTest;

  beforeEach(async () => {
    provider = await openProvider(redirectUri());
    const set = await api.ask("PUT", "/sign-in", { body: signInBy(provider.issuer) });
    expect(set).toMatchObject({
      status: 200,
      body: { hasSecret: true, redirectUri: redirectUri() },
    });
    expect(JSON.stringify(set.body)).not.toContain("of the test alone");
  });
  afterEach(() => provider.close());

  const callbackOf = async (from = browser) =>
    from.follow((await begin(from)).href, (url) => url.startsWith(redirectUri()));

  async function signIn(): Promise<string> {
    return back(await callbackOf());
  }

  test("a person of a group with a role signs in by code and PKCE, and out", async () => {
    const url = await begin();
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      scope: "openid profile email",
      redirect_uri: redirectUri(),
    });
    expect(await signIn()).toBe("/");
    expect(await whoAmI()).toMatchObject({ admin: "mara@example.com", role: "admin" });
    const audit = await api.ask("GET", "/audit?search=sign-in");
    expect(audit.body["items"]).toContainEqual(
      expect.objectContaining({ action: "sign-in begin", actor: "user:mara@example.com" }),
    );
    const init = { method: "POST", headers: page, body: "{}" };
    await browser.ask(`${origin}/api/v1/session/end`, init);
    expect(await whoAmI()).toMatchObject({ code: "SP-701" });
  });

  test("groups give the role; without one nothing opens, with another less", async () => {
    provider.persona = { sub: "sub-kim", name: "kim@example.com", groups: ["staff"] };
    expect(await signIn()).toBe("/#sign-in-refused=SP-724");
    expect(await whoAmI()).toMatchObject({ code: "SP-701" });
    provider.persona = { ...provider.persona, groups: ["auditors"] };
    expect(await signIn()).toBe("/");
    expect(await whoAmI()).toMatchObject({ role: "viewer" });
    const init = { method: "PUT", headers: page, body: "{}" };
    expect((await browser.ask(`${origin}/api/v1/sites/hq`, init)).status).toBe(403);
  });

  test("a name that somebody else has makes nobody that person", async () => {
    provider.persona = { sub: "sub-2", name: "root", groups: ["auditors"] };
    expect(await signIn()).toBe("/");
    expect(await whoAmI()).toMatchObject({ admin: expect.stringMatching(/^root-.{8}$/) });
  });

  test("the session's secret is new at each sign-in (session fixation)", async () => {
    await signIn();
    const first = browser.cookies(origin);
    await signIn();
    expect(browser.cookies(origin)).not.toBe(first);
  });

  test("no secret of a sign-in stands in an address of ours, the audit or the settings", async () => {
    const callback = new URL(await callbackOf());
    const location = await back(callback.href);
    const held = JSON.stringify([
      location,
      await api.ask("GET", "/audit?limit=100"),
      await api.ask("GET", "/sign-in"),
      await api.store.read("setting.list", undefined),
    ]);
    const secrets = [callback.searchParams.get("code"), callback.searchParams.get("state")];
    const session = /__Host-sallyport=([\w-]{43})/.exec(browser.cookies(origin))?.[1] ?? "";
    for (const secret of [...secrets, session, "of the test alone"]) {
      expect(secret).toBeTruthy();
      expect(held).not.toContain(secret);
    }
  });

  test("a way back counts once (replayed state)", async () => {
    const callback = await callbackOf();
    expect(await back(callback)).toBe("/");
    expect(await back(callback)).toBe("/#sign-in-refused=SP-723");
  });

  test("a way back counts in the browser that left alone (login CSRF)", async () => {
    const attacker = new BrowserByHand();
    const callback = await callbackOf(attacker);
    await begin();
    expect(await back(callback)).toBe("/#sign-in-refused=SP-723");
    expect(await whoAmI()).toMatchObject({ code: "SP-701" });
  });

  test("the way back leads to our own page alone (open redirect)", async () => {
    const callback = new URL(await callbackOf());
    for (const name of ["returnTo", "next", "redirect_uri", "url"]) {
      callback.searchParams.append(name, "https://attacker.example/");
    }
    expect(await back(callback.href)).toMatch(/^\/(#sign-in-refused=SP-\d{3})?$/);
  });

  test("new settings end the sessions that stood on the former ones", async () => {
    await signIn();
    const body = { ...signInBy(provider.issuer), roles: [] };
    expect((await api.ask("PUT", "/sign-in", { body })).status).toBe(200);
    expect(await whoAmI()).toMatchObject({ code: "SP-701" });
  });

  test("who tries too often waits (brute force)", async () => {
    const init = { method: "POST", headers: page, body: "{}" };
    const path = `${origin}/api/v1/session/provider`;
    const answers = await Promise.all(Array.from({ length: 25 }, () => browser.ask(path, init)));
    expect(answers.map(({ status }) => status)).toContain(429);
  });
});

describe("by a hostile provider", () => {
  let provider: HostileProvider;

  beforeEach(async () => {
    provider = await openHostileProvider();
    const { clientSecret: _, ...settings } = signInBy(provider.issuer) as Record<string, unknown>;
    expect((await api.ask("PUT", "/sign-in", { body: settings })).status).toBe(200);
  });
  afterEach(() => provider.close());

  async function signInWith(forgery: Forgery, changed = ""): Promise<string> {
    provider.forgery = forgery;
    const url = await begin();
    provider.nonce = url.searchParams.get("nonce") ?? "";
    const state = url.searchParams.get("state") ?? "";
    return back(`${redirectUri()}?code=c&state=${state}${changed}`);
  }

  test("what is right counts, so that what follows is refused for its own sake", async () => {
    expect(await signInWith({})).toBe("/");
  });

  test.each<readonly [string, Forgery]>([
    ["alg none", { header: { alg: "none" }, unsigned: true }],
    ["alg HS256", { header: { alg: "HS256" } }],
    ["another key", { otherKey: true }],
    ["another issuer", { claims: { iss: "https://login.attacker.example" } }],
    ["another audience", { claims: { aud: "another-client" } }],
    ["another party", { claims: { aud: ["sallyport", "x"], azp: "x" } }],
    ["another nonce (replay)", { claims: { nonce: "of-yesterday" } }],
    ["an end that is past", { claims: { exp: 1 } }],
  ])("an ID token of %s is refused", async (_name, forgery) => {
    expect(await signInWith(forgery)).toBe("/#sign-in-refused=SP-722");
    expect(await whoAmI()).toMatchObject({ code: "SP-701" });
  });

  test("an answer of another issuer is refused (mix-up)", async () => {
    const iss = encodeURIComponent("https://login.attacker.example");
    expect(await signInWith({}, `&iss=${iss}`)).toBe("/#sign-in-refused=SP-722");
  });
});

describe("an issuer", () => {
  test.each([
    "http://login.example.com",
    "https://10.0.0.5",
    "https://169.254.169.254",
    "https://[fd00::1]",
    "https://[::ffff:10.0.0.1]",
    "https://user:word@login.example.com",
    "http://192.168.1.1:8080",
    "file:///etc/passwd",
    "https://127.0.0.1.attacker.example@10.0.0.1",
  ])("that is no address outside is never asked: %s (SSRF)", async (issuer) => {
    const answer = await api.ask("PUT", "/sign-in", { body: signInBy(issuer) });
    expect([400, 502]).toContain(answer.status);
    expect(["SP-703", "SP-721"]).toContain(answer.body["code"]);
    expect((await api.ask("GET", "/sign-in")).body["code"]).toBe("SP-720");
  });

  test("that is a name of this host is asked only where the operator allows it (SSRF)", async () => {
    const provider = await openHostileProvider();
    const strict = await openAdminApi();
    const named = provider.issuer.replace("127.0.0.1", "localhost");
    const answer = await strict.ask("PUT", "/sign-in", { body: signInBy(named) });
    expect(answer).toMatchObject({ status: 502, body: { code: "SP-721" } });
    expect(String(answer.body["detail"])).toContain("--identity-provider-net");
    await strict.close();
    provider.close();
  });
});
