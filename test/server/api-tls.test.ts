// The admin API beyond this host: TLS or nothing.
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServing } from "../../controller/cli/serve.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";

let controller: ControllerUnderTest;

beforeAll(async () => {
  controller = await startController({ apiTls: "own" });
});
afterAll(() => controller.remove());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

function post(path: string, body: object, ca?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const asked = request(`${controller.apiUrl}${path}`, { method: "POST", headers, ca });
    asked.on("response", (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
    });
    asked.on("error", reject).end(JSON.stringify(body));
  });
}

test("a stranger does not believe the own authority; the command line on this host does", async () => {
  await expect(post("/api/v1/session", {})).rejects.toThrow(/certificate/);
  expect(await controller.ask({ method: "GET", path: "/session" })).toMatchObject({
    admin: "root",
  });
});

test("browsers are told to come by TLS alone, and the cookie goes over nothing else", async () => {
  const made = await controller.ask({ method: "POST", path: "/session/links" });
  const { url } = made as { url: string };
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/#sign-in=/);
  const link = url.replace(/^.*#sign-in=/, "");
  const answer = await post("/api/v1/session", { link }, controller.rootPem);
  expect(answer.status).toBe(200);
  expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000");
  expect(String(answer.headers["set-cookie"])).toMatch(/^__Host-sallyport=.*; Secure; HttpOnly;/);
});

test("plain HTTP gets no answer", async () => {
  await expect(fetch(controller.apiUrl.replace("https:", "http:"))).rejects.toThrow();
});

test.each([
  ["no certificate", {}, /--api-own-certificate/],
  ["no name", { apiTls: "own" }, /--console-url/],
  [
    "a name without TLS",
    { apiTls: "own", consoleUrl: "http://console.example.com" },
    /--console-url/,
  ],
  [
    "a certificate that is not there",
    {
      apiTls: { certificate: join(tmpdir(), "no.pem"), key: join(tmpdir(), "no.key") },
      consoleUrl: "https://console.example.com",
    },
    /cannot be read/,
  ],
] as const)("beyond this host, %s is refused at the start", async (_name, options, why) => {
  const { places } = controller;
  await controller.stop();
  const start = startServing({
    places,
    agents: { host: "127.0.0.1", port: 0 },
    api: { host: "0.0.0.0", port: 0 },
    metricsPort: 0,
    logLevel: "error",
    ...options,
  });
  await expect(start).rejects.toMatchObject({
    code: "SP-703",
    params: { why: expect.stringMatching(why) },
  });
});
