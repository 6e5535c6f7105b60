import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, expect, test } from "vitest";
import { idOf, welcomeAt } from "../../../test/fakes/agent-samples.ts";
import {
  type FakeAuthority,
  makeAuthority,
  startFakeController,
} from "../../../test/fakes/fake-controller.ts";
import { startFakeProxy } from "../../../test/fakes/fake-proxy.ts";
import type { ControllerLinkEvent } from "../../core/event.ts";
import { makeRequest } from "../identity/certificate-request.ts";
import { openControllerLink } from "./controller-link.ts";
import { findPortal } from "./portal.ts";
import { postJson } from "./post.ts";
import { probeRoot } from "./root-probe.ts";
import type { Credentials } from "./server-identity.ts";
import { agentOf } from "./way.ts";

let authority: FakeAuthority;
let credentials: Credentials;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = await makeAuthority("example.test");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spiffe = `spiffe://example.test/device/${idOf("dev", "1")}`;
  const chain = await authority.issue(makeRequest(privateKey), spiffe);
  credentials = { rootPem: authority.rootPem, client: { key: privateKey, chain } };
});

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function kept<T extends { close(): Promise<void> }>(made: T): T {
  open.push(made);
  return made;
}

/** Returns the first event of a kind on a link that dials once. */
function firstOf(kind: ControllerLinkEvent["kind"], url: string, shown: Credentials) {
  const { promise, resolve } = Promise.withResolvers<ControllerLinkEvent>();
  const link = openControllerLink({
    credentials: () => shown,
    dispatch: (event) => {
      if (event.kind === kind) resolve(event);
    },
  });
  link.connect(1, url);
  return promise;
}

test("mTLS passes through a proxy that sees a name and a port", async () => {
  const proxy = kept(await startFakeProxy());
  const controller = kept(
    await startFakeController(authority, {
      linked: (link) => link.send(JSON.stringify(welcomeAt(0))),
      answer: () => ({ status: 200, body: { ok: true } }),
    }),
  );
  const through = { ...credentials, proxy: proxy.url };
  expect(await firstOf("frame", controller.wssUrl, through)).toMatchObject({ connection: 1 });
  const answer = await postJson(`${controller.url}/v1/renew`, {}, through);
  expect(answer.status).toBe(200);
  expect(controller.requests[0]?.clientFingerprint).not.toBeNull();
  expect(await probeRoot(controller.url, authority.pin, proxy.url)).toContain("CERTIFICATE");
  const target = new URL(controller.url).host;
  expect(proxy.targets).toEqual([target, target, target]);
});

test("a proxy that refuses or is away is named", async () => {
  const proxy = kept(await startFakeProxy({ refuse: true }));
  const refusing = { ...credentials, proxy: proxy.url };
  expect(await firstOf("linkClosed", "wss://127.0.0.1:9", refusing)).toMatchObject({
    error: { code: "SP-113", params: { proxy: proxy.url, why: "HTTP status 407" } },
  });
  const away = { ...credentials, proxy: "http://user:secret@127.0.0.1:9" };
  const closed = await firstOf("linkClosed", "wss://127.0.0.1:10", away);
  expect(closed).toMatchObject({ error: { code: "SP-113" } });
  expect(JSON.stringify(closed)).not.toContain("secret");
});

test("a proxy that speaks in the server's place is not believed", async () => {
  const proxy = kept(await startFakeProxy({ says: "HTTP/1.1 200 OK\r\n\r\n" }));
  const controller = kept(await startFakeController(authority));
  const through = { ...credentials, proxy: proxy.url };
  expect(await firstOf("linkClosed", controller.wssUrl, through)).toMatchObject({
    error: { code: "SP-113", params: { proxy: proxy.url } },
  });
});

test("interception: an inspector that signs for the controller's name is named by its issuer", async () => {
  const inspector = await makeAuthority("inspector.test");
  const spiffe = "spiffe://inspector.test/web";
  const between = kept(await startFakeController(inspector, { spiffe }));
  const closed = await firstOf("linkClosed", between.wssUrl, credentials);
  expect(closed).toMatchObject({ error: { code: "SP-111" } });
  expect(JSON.stringify(closed)).toContain("issuer");
  expect(between.links).toEqual([]);
});

test("a captive portal is where the controller's host sends a browser instead", async () => {
  const sends = async (status: number, headers: Record<string, string>) => {
    const server = createServer((_request, response) => response.writeHead(status, headers).end());
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    try {
      return await findPortal("127.0.0.1", (server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  };
  const found = { address: "127.0.0.9", port: 8080 };
  const page = "http://127.0.0.9:8080/login";
  expect(await sends(302, { location: page })).toEqual({ ...found, page });
  expect(await sends(302, { location: "https://[::1]/" })).toEqual({
    page: "https://[::1]/",
    address: "::1",
    port: 443,
  });
  expect(await sends(302, { location: "http://localhost/login" })).toMatchObject({ port: 80 });
  expect(await sends(511, {})).toMatchObject({ page: "http://127.0.0.1/", address: "127.0.0.1" });
  expect(await sends(301, { location: "https://127.0.0.1/" })).toBeNull();
  expect(await sends(302, { location: "javascript:alert(1)" })).toBeNull();
  expect(await sends(200, {})).toBeNull();
  expect(await findPortal("127.0.0.1", 9)).toBeNull();
});

test("an address that fails at once is the request's error, not the end of the process", async () => {
  const failed = Promise.withResolvers<Error>();
  // From a timer, as links are opened anew; to everybody there is no connection, and no packet is sent.
  setTimeout(() => {
    const asked = request({ host: "255.255.255.255", port: 8443, agent: agentOf(credentials) });
    asked.on("error", failed.resolve);
    asked.end();
  }, 0);
  await expect(failed.promise).resolves.toMatchObject({ syscall: "connect" });
});
