import { KeyObject, X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeIssuing, makeRoot } from "../../controller/io/pki/authority.ts";
import { type Issuer, makeIssuer } from "../../controller/io/pki/issuer.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { join, link, type Member, newKey, post, RawLink, spkiHexOf, helloOf } from "./raw-agent.ts";

const dayMs = 86_400_000;
let controller: ControllerUnderTest;
let device: Member;
let issuer: Issuer;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  device = await join(controller, "laptop");
  issuer = await controller.issuer();
});
afterAll(() => controller.remove());

const issuingPem = () => device.chain[1]!;
const nameOf = (member: Member) => `spiffe://example.test/device/${member.id}`;

/** The device's key under a certificate that the controller's own issuer made at another time. */
async function ownCertificate(agoMs: number, key = device.key): Promise<Member> {
  const leaf = await issuer.issueAgent(nameOf(device), spkiHexOf(key), Date.now() - agoMs);
  return { ...device, key, chain: [leaf.pem, issuingPem()] };
}

/** The device's name under a certificate of an authority that we never made. */
async function foreignCertificate(agoMs: number, key = device.key): Promise<Member> {
  const root = await makeRoot("example.test", Date.now() - agoMs);
  const issuing = await makeIssuing(root, Date.now() - agoMs);
  const foreign = makeIssuer(issuing.certificate, issuing.keys.privateKey);
  const leaf = await foreign.issueAgent(nameOf(device), spkiHexOf(key), Date.now() - agoMs);
  return { ...device, key, chain: [leaf.pem, issuing.certificate] };
}

/** How a link was refused: the status and problem of its upgrade, or its close code and reason. */
async function refusalOf(client: Member | undefined, options = {}) {
  const raw = new RawLink(controller, client, options);
  return { end: await raw.ended, ...(await raw.refusal) };
}

/** The problem with which the same port answers a request of the same client. */
async function renewalProblem(client: Member | undefined) {
  const { body } = await post(controller, "/v1/renew", client === undefined ? {} : { client });
  return body;
}

test("no certificate: no link, and the problem that a renewal gets", async () => {
  const problem = await renewalProblem(undefined);
  expect(problem).toMatchObject({ code: "SP-201", status: 403, fix: expect.any(String) });
  expect(await refusalOf(undefined)).toEqual({ end: 403, ...problem });
});

test("a certificate of another authority: no link, whether it is still valid or not", async () => {
  for (const agoMs of [0, 2 * dayMs]) {
    const foreign = await foreignCertificate(agoMs);
    const problem = await renewalProblem(foreign);
    expect(problem).toMatchObject({ code: "SP-201" });
    expect(await refusalOf(foreign)).toEqual({ end: 403, ...problem });
  }
});

test("GHSA-mrpr-756c-xm47: a member's certificate behind one's own lends nobody its name", async () => {
  const thief = await foreignCertificate(0, newKey());
  const filled = { ...thief, chain: [thief.chain[0]!, ...device.chain] };
  expect(await renewalProblem(filled)).toMatchObject({ code: "SP-201" });
  expect(await refusalOf(filled)).toMatchObject({ end: 403, code: "SP-201" });
});

test("an expired certificate of ours is closed with 4401 and SP-202", async () => {
  const end = await refusalOf(await ownCertificate(2 * dayMs));
  expect(end).toEqual({ end: 4401, code: "SP-202" });
});

test("a good certificate over a key that is not the device's is closed with 4401 and SP-201", async () => {
  const end = await refusalOf(await ownCertificate(0, newKey()));
  expect(end).toEqual({ end: 4401, code: "SP-201" });
});

test("the server's own kind of certificate is not for clients", async () => {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const names = { spiffe: nameOf(device), addresses: [] };
  const leaf = await issuer.issueServer(names, keys.publicKey, Date.now());
  const key = KeyObject.from(keys.privateKey);
  const end = await refusalOf({ ...device, key, chain: [leaf.pem, issuingPem()] });
  expect(end).toMatchObject({ end: 403, code: "SP-201" });
});

test("CVE-2026-35616: headers that name a certificate are not believed", async () => {
  const pem = encodeURIComponent(device.chain[0]!);
  const headers = {
    "x-forwarded-client-cert": `Cert="${pem}"`,
    "x-ssl-client-cert": pem,
    "x-client-cert": pem,
    "ssl-client-verify": "SUCCESS",
  };
  expect(await refusalOf(undefined, { headers })).toMatchObject({ end: 403, code: "SP-201" });
  const renewed = await post(controller, "/v1/renew", { headers });
  expect(renewed).toMatchObject({ status: 403, body: { code: "SP-201" } });
});

test("cross-site WebSocket hijacking: a browser, another path and another subprotocol are refused", async () => {
  const browser = await refusalOf(device, { headers: { origin: "https://example.test" } });
  expect(browser).toMatchObject({ end: 403, code: "SP-704" });
  expect(await refusalOf(device, { path: "/" })).toMatchObject({ end: 404, code: "SP-702" });
  const other = await refusalOf(device, { protocol: "other.v1" });
  expect(other).toMatchObject({ end: 400, code: "SP-703" });
});

test("CVE-2026-50751: an older protocol, TLS 1.2, is refused", async () => {
  const code = await new Promise<string>((resolve) => {
    const socket = connect({
      host: "127.0.0.1",
      port: controller.agentsPort,
      ca: [controller.rootPem],
      maxVersion: "TLSv1.2",
      checkServerIdentity: () => undefined,
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.on("secureConnect", () => resolve("connected"));
  });
  expect(code).toMatch(/ALERT|PROTOCOL/);
});

test("no session is resumed: every connection shows its certificate anew", async () => {
  const options = {
    host: "127.0.0.1",
    port: controller.agentsPort,
    ca: [controller.rootPem],
    checkServerIdentity: () => undefined,
    key: device.key.export({ type: "pkcs8", format: "pem" }),
    cert: device.chain.join("\n"),
  };
  const visit = (session?: Buffer) =>
    new Promise<{ reused: boolean; session: Buffer | undefined }>((resolve, reject) => {
      const socket = connect({ ...options, ...(session === undefined ? {} : { session }) });
      let given: Buffer | undefined;
      socket.on("session", (one: Buffer) => (given = one));
      socket.on("error", reject);
      // The answer comes after anything that the handshake would have sent.
      socket.on("data", () => resolve({ reused: socket.isSessionReused(), session: given }));
      socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    });
  const first = await visit();
  expect((await visit(first.session)).reused).toBe(false);
});

test("a newer link replaces the older one", async () => {
  const older = await link(controller, device);
  const newer = await link(controller, device);
  expect(await older.ended).toBe(4409);
  newer.close();
});

test("a device that says it is a gateway is closed", async () => {
  const raw = new RawLink(controller, device);
  await raw.opened;
  raw.send({ ...helloOf({ ...device, id: "gw_" }) });
  expect(await raw.ended).toBe(4400);
});

test("a revoked identity is closed with 4403, also at its next try", async () => {
  const thief = await join(controller, "thief");
  const raw = await link(controller, thief);
  await controller.ask({ method: "POST", path: `/identities/${thief.id}/revoke` });
  expect(await raw.ended).toBe(4403);
  expect(await refusalOf(thief)).toEqual({ end: 4403, code: "SP-203" });
  const renewed = await post(controller, "/v1/renew", { client: thief });
  expect(renewed).toMatchObject({ status: 403, body: { code: "SP-203" } });
});

test("late renewal gives a certificate for the same name and key, and only for ours", async () => {
  const late = await post(controller, "/v1/renew", { client: await ownCertificate(5 * dayMs) });
  expect(late.status).toBe(200);
  const [pem] = (late.body as { chain: string[] }).chain;
  const certificate = new X509Certificate(pem!);
  expect(certificate.subjectAltName).toBe(`URI:${nameOf(device)}`);
  expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now());
  const tooLate = await post(controller, "/v1/renew", { client: await ownCertificate(40 * dayMs) });
  expect(tooLate).toMatchObject({ status: 403, body: { code: "SP-202" } });
  const foreign = await post(controller, "/v1/renew", {
    client: await foreignCertificate(2 * dayMs),
  });
  expect(foreign).toMatchObject({ status: 403, body: { code: "SP-201" } });
  const none = await post(controller, "/v1/renew", {});
  expect(none).toMatchObject({ status: 403, body: { code: "SP-201" } });
});

test("a link renews its certificate in place", async () => {
  const raw = await link(controller, device);
  raw.send({ kind: "renew" });
  const { chain, notAfterAt } = await raw.next("certificate");
  expect(new X509Certificate(chain[0]!).validToDate.getTime()).toBe(notAfterAt);
  raw.close();
});

test("a renewal with a request that is none is answered by an error frame, and the link goes on", async () => {
  const raw = await link(controller, device);
  raw.send({
    kind: "renew",
    csr: "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
  });
  expect(await raw.next("error")).toMatchObject({ re: "renew", code: "SP-703" });
  // Asked again too soon: a second answer, so the link lives.
  raw.send({ kind: "renew" });
  await raw.next("error", ({ code }) => code === "SP-706");
  raw.close();
});
