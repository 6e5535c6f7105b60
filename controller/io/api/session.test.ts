import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { minuteMs } from "#shared/base/time-span.ts";
import { makeClock } from "../clock/clock.ts";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";

let api: AdminApiUnderTest;
/** So long after the beginning it is; it stands still else, so that a busy machine changes no second. */
let aheadMs = 0;

beforeEach(async () => {
  aheadMs = 0;
  const clock = makeClock();
  const begunAt = clock.nowAt();
  const page = Buffer.from('<script nonce="__NONCE__"></script>');
  const script = Buffer.from("console");
  api = await openAdminApi({
    clock: { ...clock, nowAt: () => begunAt + aheadMs },
    console: new Map([
      ["/index.html", { content: page, type: "text/html", immutable: false }],
      ["/assets/main-1.js", { content: script, type: "text/javascript", immutable: true }],
    ]),
  });
});
afterEach(() => api.close());

type Headers = Readonly<Record<string, string>>;

const samePage = { "sec-fetch-site": "same-origin" };

async function signIn(
  body: object,
  headers: Headers = {},
): Promise<{ status: number; cookie: string; header: string }> {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  const response = await fetch(`${api.url}/session`, { ...init, body: JSON.stringify(body) });
  const header = response.headers.get("set-cookie") ?? "";
  return { status: response.status, cookie: header.replace(/;.*$/, ""), header };
}

async function linkSecret(headers: Headers = api.asRoot): Promise<string> {
  const made = await api.ask("POST", "/session/links", { headers });
  expect(made.status).toBe(201);
  return /#sign-in=([\w-]{43})$/.exec(String(made.body["url"]))?.[1] ?? "";
}

const by = (cookie: string, more: Headers = samePage) => ({ headers: { cookie, ...more } });

test("a link signs in once, by a cookie that no script and no other site can use", async () => {
  const link = await linkSecret();
  const { status, cookie, header } = await signIn({ link });
  expect(status).toBe(200);
  expect(header).toMatch(
    /^__Host-sallyport=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800$/,
  );
  expect(await api.ask("GET", "/session", by(cookie))).toMatchObject({
    body: { admin: "root", role: "admin", permissions: expect.arrayContaining(["administer"]) },
  });
  expect((await signIn({ link })).status).toBe(401);
});

test("a token signs in; what is done by the session is told as such, and ends with it", async () => {
  const token = api.asRoot["authorization"]?.replace("Bearer ", "");
  const { cookie } = await signIn({ token });
  expect((await api.ask("PUT", "/sites/hq", { ...by(cookie), body: {} })).status).toBe(200);
  const audit = await api.ask("GET", "/audit?search=site%20apply");
  expect(audit.body["items"]).toMatchObject([{ actor: "admin:root token:root console" }]);
  expect((await api.ask("POST", "/session/end", by(cookie))).status).toBe(200);
  expect((await api.ask("GET", "/session", by(cookie))).status).toBe(401);
});

test("a session that nobody uses ends after an hour, whatever the page asks by itself", async () => {
  const { cookie } = await signIn({ link: await linkSecret() });
  const session = () => api.ask("GET", "/session", by(cookie));
  expect(await session()).toMatchObject({ body: { idleEndsAfterSeconds: 3_600 } });
  aheadMs = 50 * minuteMs;
  expect(await session()).toMatchObject({ body: { idleEndsAfterSeconds: 600 } });
  const used = await api.ask("POST", "/session/activity", by(cookie));
  expect(used).toMatchObject({ status: 200, body: { idleEndsAfterSeconds: 3_600 } });
  aheadMs = 100 * minuteMs;
  expect(await session()).toMatchObject({ body: { idleEndsAfterSeconds: 600 } });
  await api.ask("GET", "/devices", by(cookie));
  aheadMs = 111 * minuteMs;
  expect((await session()).status).toBe(401);
  expect((await api.ask("POST", "/session/activity", by(cookie))).status).toBe(401);
});

test("use lengthens no session beyond its eight hours, and a token knows no idleness", async () => {
  const { cookie } = await signIn({ link: await linkSecret() });
  for (let hours = 0.5; hours < 8; hours += 0.5) {
    aheadMs = hours * 60 * minuteMs;
    expect((await api.ask("POST", "/session/activity", by(cookie))).status).toBe(200);
  }
  aheadMs = 8 * 60 * minuteMs + 1_000;
  expect((await api.ask("GET", "/session", by(cookie))).status).toBe(401);
  const token = await api.ask("POST", "/session/activity");
  expect(token).toMatchObject({ status: 200, body: { idleEndsAfterSeconds: null } });
});

test("a session ends with the token that it stands on", async () => {
  const body = { name: "ana", role: "viewer", validForSeconds: 60 };
  const made = await api.ask("POST", "/tokens", { body });
  const { cookie } = await signIn({ token: made.body["token"] });
  expect((await api.ask("GET", "/devices", by(cookie))).status).toBe(200);
  expect((await api.ask("POST", "/devices/x/recheck", by(cookie))).status).toBe(403);
  await api.ask("POST", "/tokens/ana/revoke");
  expect((await api.ask("GET", "/devices", by(cookie))).status).toBe(401);
});

test.each([
  ["another origin (CSRF)", { ...samePage, origin: "http://127.0.0.1:1" }],
  ["another port of this host", { "sec-fetch-site": "same-site" }],
  ["another site", { "sec-fetch-site": "cross-site" }],
  ["a browser that does not say", {}],
  ["another name (DNS rebinding)", { ...samePage, host: "console.attacker.example" }],
])("the cookie opens nothing to a page of %s", async (_name, headers) => {
  const { cookie } = await signIn({ link: await linkSecret() });
  const answer = await api.raw("GET", "/session", { cookie, ...headers });
  expect(answer).toMatchObject({ status: 400, code: "SP-703" });
});

test("a session that the browser brought along is not taken over (session fixation)", async () => {
  const planted = `__Host-sallyport=${"A".repeat(43)}`;
  expect((await api.ask("GET", "/session", by(planted))).status).toBe(401);
  const { cookie } = await signIn({ link: await linkSecret() }, { cookie: planted });
  expect(cookie).toMatch(/^__Host-sallyport=/);
  expect(cookie).not.toBe(planted);
  // Two of the name: one of them was planted.
  expect((await api.ask("GET", "/session", by(`${planted}; ${cookie}`))).status).toBe(401);
});

test("guessing links is slowed down (brute force)", async () => {
  const tries = Array.from({ length: 14 }, () => signIn({ link: "x".repeat(43) }));
  expect((await Promise.all(tries)).map(({ status }) => status)).toContain(429);
});

test("the page comes for its own addresses, with a new nonce each time and nothing from elsewhere", async () => {
  const origin = api.url.replace("/api/v1", "");
  const [one, other] = [await fetch(`${origin}/devices/x`), await fetch(`${origin}/`)];
  const nonce = /nonce="([^"]+)"/.exec(await one.text())?.[1] ?? "";
  const policy = one.headers.get("content-security-policy") ?? "";
  expect(policy).toContain(`'nonce-${nonce}'`);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(await other.text()).not.toContain(nonce);
  const script = await fetch(`${origin}/assets/main-1.js`);
  expect(await script.text()).toBe("console");
  expect(script.headers.get("cache-control")).toContain("immutable");
  for (const path of ["/assets/../index.html", "/assets/main-2.js", "/%2e%2e/package.json"]) {
    expect((await fetch(`${origin}${path}`)).headers.get("content-type"), path).not.toContain(
      "javascript",
    );
  }
  expect((await fetch(`${origin}/api/v1/nothing`)).status).toBe(401);
});

test("behind a proxy that ends TLS the console's own page is ours, and no other is", async () => {
  const own = "https://console.example.com";
  const proxied = await openAdminApi({ origin: own });
  const { origin: direct, port } = new URL(proxied.url);
  const token = proxied.asRoot["authorization"]?.replace("Bearer ", "") ?? "";
  const signInFrom = async (origin: string, host: string) => {
    const headers = { host, origin, ...samePage, "content-type": "application/json" };
    const asked = request(`${proxied.url}/session`, { method: "POST", headers });
    asked.end(JSON.stringify({ token }));
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  try {
    expect(await signInFrom(own, "console.example.com")).toBe(200);
    expect(await signInFrom(direct, `127.0.0.1:${port}`)).toBe(200);
    for (const origin of ["http://console.example.com:81", "https://example.com", "null"]) {
      expect(await signInFrom(origin, "console.example.com")).toBe(400);
    }
    expect(await signInFrom(own, "console.attacker.example")).toBe(400);
  } finally {
    await proxied.close();
  }
});
