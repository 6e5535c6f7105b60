// What a controller shows to those who join, keeps over restarts, and tells about itself.
import { createHash, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEnrolmentKey } from "../../agent/io/identity/enrolment-key.ts";
import { enrolAnswer } from "#shared/protocol/enrolment.ts";
import { initialise } from "../../controller/cli/init.ts";
import { ControllerUnderTest, startController } from "./controller-under-test.ts";
import { enrol, join, joinGateway, newKey, post, wireguardKeyOf } from "./raw-agent.ts";

let controller: ControllerUnderTest;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
});
afterAll(() => controller.remove());

/** The certificates that the agents' port shows, leaf first. */
async function shownChain(): Promise<readonly X509Certificate[]> {
  const options = { host: "127.0.0.1", port: controller.agentsPort, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const chain: X509Certificate[] = [];
      let next = (response.socket as TLSSocket).getPeerX509Certificate();
      while (next !== undefined) {
        chain.push(next);
        next = next.issuerCertificate;
      }
      response.resume();
      resolve(chain);
    });
    asked.on("error", reject).end();
  });
}

function pinOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("base64url");
}

test("who joins finds the pinned root in the handshake, and a server's name of this domain", async () => {
  const { p } = parseEnrolmentKey(await controller.enrolKey({}));
  const chain = await shownChain();
  expect(chain.map(pinOf)).toContain(p);
  expect(chain[0]?.subjectAltName).toContain("URI:spiffe://example.test/controller/main");
});

test("a device's certificate and trust set name the store's id; asking again gives the same set", async () => {
  const text = await controller.enrolKey({});
  const key = newKey();
  const first = enrolAnswer.parse((await enrol(controller, text, { key, name: "one" })).body);
  const name = `spiffe://example.test/device/${first.id}`;
  expect(new X509Certificate(first.chain[0]!).subjectAltName).toBe(`URI:${name}`);
  expect(first.trust.aud).toBe(name);
  expect(first.controllers).toEqual(["wss://127.0.0.1:8443/agent"]);
  const again = enrolAnswer.parse((await enrol(controller, text, { key, name: "one" })).body);
  expect(again.trust).toEqual(first.trust);
});

test("a gateway's certificate names a gateway, once it was approved", async () => {
  const { id, chain } = await joinGateway(controller, "gate");
  const leaf = new X509Certificate(chain[0]!);
  expect(leaf.subjectAltName).toBe(`URI:spiffe://example.test/gateway/${id}`);
});

test("a request that proves nothing spends nothing of its key", async () => {
  const text = await controller.enrolKey({});
  const { k, s } = parseEnrolmentKey(text);
  const unproved = JSON.stringify({
    keyId: k,
    secret: s,
    csr: "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
    wgPublicKey: wireguardKeyOf("unproved"),
    device: { hostname: "unproved", os: "linux", serials: [] },
  });
  const refused = await post(controller, "/v1/enrol", { text: unproved });
  expect(refused.body).toMatchObject({ code: "SP-703" });
  const joined = await enrol(controller, text, { key: newKey(), name: "proved" });
  expect(joined.status).toBe(201);
});

test("no secret stands in clear in any file but those that hold just it", async () => {
  const { s } = parseEnrolmentKey(await controller.enrolKey({}));
  await joinGateway(controller, "sealed");
  const { places } = controller;
  const hidden = [
    s,
    Buffer.from(s, "base64url").toString("latin1"),
    readFileSync(places.token, "utf8").trim(),
    readFileSync(places.keyFile, "utf8").trim(),
  ];
  const own = new Set([places.token, places.keyFile, places.rootKey]);
  const files = readdirSync(places.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  expect(files).toContain(places.database);
  for (const file of files) {
    const content = readFileSync(file, "latin1");
    for (const text of hidden) if (!own.has(file)) expect(content.includes(text)).toBe(false);
    if (!own.has(file)) expect(content).not.toContain("PRIVATE KEY");
  }
});

test("metrics count the joining and never name a device", async () => {
  const { id } = await join(controller, "metered");
  const text = await controller.metrics();
  expect(text).toMatch(/sallyport_enrolments_total\{result="answer"\} [1-9]/);
  expect(text).toMatch(/sallyport_store_write_seconds_count\{table="identity"\} [1-9]/);
  expect(text).not.toContain(id);
  expect(text).not.toContain("metered");
  expect(text).toMatch(/sallyport_build_info\{commit="([0-9a-f]{40}|unknown)",version="[^"]+"\} 1/);
});

test("one folder has one controller; what joined and who may ask outlives a restart", async () => {
  const { id } = await join(controller, "kept");
  const second = new ControllerUnderTest(controller.places.directory);
  await expect(second.start()).rejects.toThrow(/SP-303/);
  await controller.stop();
  await controller.start();
  const device = await controller.ask({ method: "GET", path: `/devices/${id}` });
  expect(device).toMatchObject({ id, status: "active", groups: ["staff"] });
});

test("a port that another program has is told by code, and the folder is let go", async () => {
  await controller.stop();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  await expect(controller.start(port)).rejects.toThrow(/SP-809/);
  await new Promise((resolve) => other.close(resolve));
  await controller.start();
});

test("a folder without a controller is not served, and nothing is made in it", async () => {
  const empty = new ControllerUnderTest("/nonexistent/sallyport");
  await expect(empty.start()).rejects.toThrow(/SP-802/);
});

test("a controller that lost its store is neither served nor made anew over its root key", async () => {
  const lost = await startController();
  try {
    await lost.stop();
    const { directory, database, rootKey } = lost.places;
    const before = readFileSync(rootKey, "utf8");
    for (const name of readdirSync(directory)) {
      if (name.startsWith(path.basename(database))) rmSync(path.join(directory, name));
    }
    await expect(lost.start()).rejects.toThrow(/SP-805/);
    const again = { places: lost.places, trustDomain: "test.example", url: "https://127.0.0.1:1" };
    const made = initialise({ ...again, addresses: [], pool4: "100.96.0.0/14", nowAt: Date.now() });
    await expect(made).rejects.toThrow(/SP-805/);
    expect(readFileSync(rootKey, "utf8")).toBe(before);
    writeFileSync(database, "");
    await expect(lost.start()).rejects.toThrow(/SP-805/);
  } finally {
    await lost.remove();
  }
});
