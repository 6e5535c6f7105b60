import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { idOf, welcomeAt } from "../../../test/fakes/agent-samples.ts";
import {
  type FakeAuthority,
  type FakeController,
  makeAuthority,
  startFakeController,
} from "../../../test/fakes/fake-controller.ts";
import type { ControllerLinkEvent } from "../../core/event.ts";
import { makeRequest } from "../identity/certificate-request.ts";
import { openControllerLink } from "./controller-link.ts";
import type { Credentials } from "./server-identity.ts";

let authority: FakeAuthority;
let credentials: Credentials;
const open: FakeController[] = [];

beforeAll(async () => {
  authority = await makeAuthority("example.test");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spiffe = `spiffe://example.test/device/${idOf("dev", "1")}`;
  const chain = await authority.issue(makeRequest(privateKey), spiffe);
  credentials = { rootPem: authority.rootPem, client: { key: privateKey, chain } };
});

afterEach(async () => {
  for (const controller of open.splice(0)) await controller.close();
});

async function start(
  options: Parameters<typeof startFakeController>[1] = {},
  by: FakeAuthority = authority,
): Promise<FakeController> {
  const controller = await startFakeController(by, options);
  open.push(controller);
  return controller;
}

/** Returns a link and a way to wait for its next event of a kind. */
function dial(url: string, connection = 1) {
  const events: ControllerLinkEvent[] = [];
  let wake: () => void = () => undefined;
  const link = openControllerLink({
    credentials: () => credentials,
    dispatch: (event) => {
      events.push(event);
      wake();
    },
  });
  link.connect(connection, url);
  const next = async (kind: ControllerLinkEvent["kind"]): Promise<ControllerLinkEvent> => {
    for (;;) {
      const found = events.find((event) => event.kind === kind);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { link, next, events };
}

test("carries frames both ways over mutual TLS", async () => {
  const heard = Promise.withResolvers<string>();
  const controller = await start({
    linked: (link) =>
      link.on("message", (data: Buffer) => {
        heard.resolve(data.toString());
        link.send(JSON.stringify(welcomeAt(0)));
      }),
  });
  const { link, next } = dial(controller.wssUrl);
  expect(await next("linkOpened")).toEqual({ kind: "linkOpened", connection: 1 });
  link.send(1, { kind: "bye", reason: "test" });
  expect(JSON.parse(await heard.promise)).toEqual({ kind: "bye", reason: "test" });
  expect(await next("frame")).toMatchObject({ connection: 1, message: { kind: "welcome" } });
  link.ping(1);
  await next("linkHeard");
});

test("sends nothing for a connection that is no longer the newest", async () => {
  const heard: string[] = [];
  const controller = await start({
    linked: (link) => link.on("message", (data: Buffer) => heard.push(data.toString())),
  });
  const { link, next } = dial(controller.wssUrl, 5);
  await next("linkOpened");
  link.send(4, { kind: "bye", reason: "stale" });
  link.send(5, { kind: "bye", reason: "mine" });
  link.ping(5);
  await next("linkHeard");
  expect(heard.map((text) => JSON.parse(text) as unknown)).toEqual([
    { kind: "bye", reason: "mine" },
  ]);
});

test.each([
  ["an unknown kind", '{"kind":"party"}', "party"],
  ["a malformed ack", '{"kind":"ack","epoch":"no","seq":-1}', "ack"],
  ["no JSON", "hello", "?"],
])("refuses %s and keeps the link", async (_what, text, kind) => {
  const controller = await start({ linked: (link: WebSocket) => link.send(text) });
  const { next, events } = dial(controller.wssUrl);
  expect(await next("frameRefused")).toMatchObject({ error: { code: "SP-205", params: { kind } } });
  expect(events.some((event) => event.kind === "linkClosed")).toBe(false);
});

test("tells the controller's close code", async () => {
  const controller = await start({ linked: (link) => link.close(4403, "revoked") });
  const { next } = dial(controller.wssUrl);
  expect(await next("linkClosed")).toMatchObject({ connection: 1, code: 4403 });
});

test("tells the code of a refused upgrade, and of a certificate that was refused after it", async () => {
  const refusal = { code: "SP-203", params: { identity: "dev_1" } };
  const refusing = await start({ upgrade: () => ({ status: 403, body: refusal }) });
  expect(await dial(refusing.wssUrl).next("linkClosed")).toMatchObject({ error: refusal });
  const wordless = await start({ upgrade: () => ({ status: 502, body: "bad gateway" }) });
  expect(await dial(wordless.wssUrl).next("linkClosed")).toMatchObject({
    error: { code: "SP-110", params: { why: "HTTP status 502" } },
  });
  const late = await start({ linked: (link) => link.close(4401, "SP-202") });
  expect(await dial(late.wssUrl).next("linkClosed")).toMatchObject({
    code: 4401,
    error: { code: "SP-202", params: { notAfterAt: expect.stringContaining("T") } },
  });
});

test("refuses a server of another authority, or of ours but not named a controller", async () => {
  const foreign = await start({}, await makeAuthority("example.test"));
  expect(await dial(foreign.wssUrl).next("linkClosed")).toMatchObject({
    error: { code: "SP-201" },
  });
  const spiffe = `spiffe://example.test/gateway/${idOf("gw", "1")}`;
  const gateway = await start({ spiffe });
  expect(await dial(gateway.wssUrl).next("linkClosed")).toMatchObject({
    error: { code: "SP-201" },
  });
  expect([...foreign.links, ...gateway.links]).toEqual([]);
});

test("refuses a controller of ours that speaks an older TLS", async () => {
  const older = await start({ newestTls: "TLSv1.2" });
  expect(await dial(older.wssUrl).next("linkClosed")).toMatchObject({ error: { code: "SP-110" } });
  expect(older.links).toEqual([]);
});

test("closes at a frame over the limit", async () => {
  const controller = await start({ linked: (link) => link.send("x".repeat(300 * 1024)) });
  expect(await dial(controller.wssUrl).next("linkClosed")).toMatchObject({ connection: 1 });
});
