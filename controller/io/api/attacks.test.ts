// Attacks on the administrator's surface, one test each, after the chapters of OWASP ASVS 5. Those on
// sessions stand in session.test.ts, on sign-in in sign-in.test.ts, on roles in roles.test.ts.
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { enrolDevice } from "../../../test/fakes/enrolled-device.ts";
import type { ConsoleFiles } from "../console/console-files.ts";

const file = (type: string, text: string) => ({
  type,
  content: Buffer.from(text),
  immutable: false,
});
const files: ConsoleFiles = new Map([
  ["/index.html", file("text/html; charset=utf-8", "<!doctype html><p>the console")],
  ["/assets/a.js", file("text/javascript; charset=utf-8", "0")],
]);

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi({ console: files });
});
afterEach(() => api.close());

const origin = () => new URL(api.url).origin;

/** What is sent as it stands; the whole answer as text. */
function sendRaw(text: string): Promise<string> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (answer += chunk));
    // Whoever refuses before all was read resets the connection; what was answered came before.
    socket.on("close", () => resolve(answer)).on("error", () => undefined);
    socket.end(text);
  });
}

test("the console is framed, sniffed and scripted by nobody else (ASVS V3.4)", async () => {
  for (const path of ["/", "/devices"]) {
    const { headers } = await fetch(`${origin()}${path}`);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).toMatch(/base-uri 'none'/);
    expect(policy).toMatch(/form-action 'none'/);
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy.replace("img-src 'self' data:", "")).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("server")).toBeNull();
  }
});

test("no other origin is let read answers, asked or not (CORS, ASVS V3.4)", async () => {
  const headers = { origin: "https://attacker.example", "access-control-request-method": "PUT" };
  for (const method of ["OPTIONS", "GET"]) {
    const answer = await fetch(`${api.url}/devices`, { method, headers });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual(
      [],
    );
  }
});

test("a token counts in its header alone, never in an address or a form (ASVS V4)", async () => {
  const token = api.asRoot["authorization"]?.replace("Bearer ", "") ?? "";
  for (const path of [`/devices?access_token=${token}`, `/devices?token=${token}`]) {
    expect((await api.ask("GET", path, { headers: {} })).status).toBe(401);
  }
  const form = `access_token=${token}`;
  const type = "application/x-www-form-urlencoded";
  const sent = await fetch(`${api.url}/keys/rotate`, {
    method: "POST",
    headers: { "content-type": type },
    body: form,
  });
  expect(sent.status).toBe(401);
});

test("guessing tokens from one address is slowed down, whatever forwarded addresses it claims (brute force)", async () => {
  const guess = (place: number) =>
    api.ask("GET", "/devices", {
      headers: {
        authorization: `Bearer sallyport_pat_${String(place).padStart(43, "x")}`,
        "x-forwarded-for": `198.51.100.${place}`,
        forwarded: `for=198.51.100.${place}`,
      },
    });
  const beganMs = performance.now();
  const answers = await Promise.all(Array.from({ length: 40 }, (_, place) => guess(place)));
  // One more every five seconds: a busy machine may take some.
  const heardMax = 11 + Math.ceil((performance.now() - beganMs) / 5_000);
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(heardMax);
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(
    answers.length - heardMax,
  );
});

test("what looks like an address is kept, never asked (SSRF)", async () => {
  let reached = 0;
  const trap: Server = createServer((_, response) => {
    reached += 1;
    response.end();
  });
  trap.on("connection", () => (reached += 1));
  await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
  const { port } = trap.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/latest/meta-data`;
  try {
    const id = await enrolDevice(api, "laptop");
    await api.ask("PUT", "/sites/hq", { body: { resolvers: ["127.0.0.1"] } });
    const text = `apiVersion: sallyport/v1
resources:
  - {name: trap, site: hq, targets: [{cidr: 127.0.0.1/32, proto: tcp, ports: ["${port}"]}]}
`;
    const orders: readonly (readonly [string, string, object])[] = [
      ["PATCH", `/devices/${id}`, { owner: url }],
      ["POST", "/resources", { files: [{ file: url, text }] }],
      ["POST", "/policies/check", { files: [{ file: "a.yaml", text: `resources: !!str ${url}` }] }],
      ["POST", "/risk/reports", { device: id, sighting: "edr.alert", detail: url }],
      ["POST", "/requests", { device: id, resource: "trap", reason: url, seconds: 60 }],
      ["POST", "/os-intel", { jws: url, publisher: url }],
      ["PUT", "/policies/shadow", { files: [{ file: "a.yaml", text: url }], reason: url }],
    ];
    for (const [method, path, body] of orders) {
      const { status } = await api.ask(method, path, { headers: api.asRootOver, body });
      expect({ path, failed: status >= 500 }).toEqual({ path, failed: false });
    }
    expect(reached).toBe(0);
  } finally {
    await new Promise((resolve) => trap.close(resolve));
  }
});

test("members that nobody may set are refused, not dropped (mass assignment)", async () => {
  const id = await enrolDevice(api, "laptop", 2);
  for (const body of [{ status: "active" }, { revision: 1 }, { id: "dev_x" }, { level: 3 }]) {
    const answer = await api.ask("PATCH", `/devices/${id}`, { headers: api.asRootOver, body });
    expect({ body, status: answer.status }).toEqual({ body, status: 400 });
  }
  expect((await api.ask("GET", `/devices/${id}`)).body).toMatchObject({ status: "unattested" });
});

test("a method in a header is no method (ASVS V4)", async () => {
  const headers = { ...api.asRoot, "x-http-method-override": "POST", "x-method-override": "POST" };
  const before = (await api.ask("GET", "/tokens")).body;
  expect((await api.ask("GET", "/tokens", { headers })).body).toEqual(before);
});

test.each([
  ["two lengths", "content-length: 2\r\ncontent-length: 40\r\n\r\n{}"],
  ["a length and chunks", "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["an unknown coding", "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"],
])("a request with %s is refused whole (request smuggling)", async (_name, rest) => {
  const head = `POST /api/v1/keys/rotate HTTP/1.1\r\nhost: ${new URL(api.url).host}\r\n`;
  const answer = await sendRaw(`${head}authorization: ${api.asRoot["authorization"]}\r\n${rest}`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
});

test.each<readonly [string, number, string]>([
  ["an address that is none", 400, "GET /api/v1/devices/%zz HTTP/1.1\r\nhost: HOST\r\n\r\n"],
  ["half a letter", 400, "GET /api/v1/devices/%ED%A0%80 HTTP/1.1\r\nhost: HOST\r\n\r\n"],
  [
    "a part beyond measure",
    400,
    `GET /api/v1/devices/${"a".repeat(1_500)} HTTP/1.1\r\nhost: HOST\r\n\r\n`,
  ],
  ["no request at all", 400, "BLAH\r\n\r\n"],
  [
    "headers beyond measure",
    431,
    `GET / HTTP/1.1\r\nhost: HOST\r\nx: ${"a".repeat(20_000)}\r\n\r\n`,
  ],
  ["two hosts", 400, "GET /api/v1/session HTTP/1.1\r\nhost: HOST\r\nhost: HOST\r\n\r\n"],
])("%s is refused by a problem under the headers of every answer (ASVS V3.4)", async (...row) => {
  const [, status, text] = row;
  const answer = await sendRaw(text.replaceAll("HOST", new URL(api.url).host));
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  expect(head).toMatch(/x-content-type-options: nosniff/i);
  expect(head).toMatch(/content-security-policy: default-src 'none'/i);
  expect(JSON.parse(body)).toMatchObject({ status, code: "SP-703" });
});

test("a HEAD takes no live stream", async () => {
  for (let count = 0; count < 20; count += 1) {
    const { status } = await fetch(`${api.url}/live`, { method: "HEAD", headers: api.asRoot });
    expect(status).toBe(405);
  }
});

test.each([
  "/../../etc/passwd",
  "/assets/../../package.json",
  "/assets/%2e%2e/%2e%2e/package.json",
  "/assets/..%2f..%2fpackage.json",
  "//etc/passwd",
])("`%s` leads to no file but the console's (path traversal)", async (path) => {
  const { host } = new URL(api.url);
  const answer = await sendRaw(
    `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
  );
  expect(answer).not.toMatch(/root:|"name": "sallyport"/);
  expect(answer).toMatch(/^HTTP\/1\.1 (404|400|200) /);
  if (answer.startsWith("HTTP/1.1 200")) expect(answer).toContain("the console");
});

test("names that devices give themselves reach nobody as markup or controls (stored injection)", async () => {
  const id = await enrolDevice(api, '"><img src=x onerror=alert(1)>');
  const { body } = await api.ask("GET", `/devices/${id}`);
  expect(String(body["name"])).toMatch(/^[a-z0-9.-]+$/);
});
