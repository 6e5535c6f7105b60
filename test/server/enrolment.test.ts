import { X509Certificate } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { enrolAnswer, renewAnswer } from "#shared/protocol/enrolment.ts";
import { type Credentials, type Joiner, makeJoiner, pinOf, TestController } from "./controller.ts";

const dayMs = 86_400_000;
let controller: TestController;

beforeEach(async () => {
  controller = new TestController();
});
afterEach(() => controller.end());

async function start(clockShiftMs = 0): Promise<void> {
  controller.clockShiftMs = clockShiftMs;
  await controller.init();
  await controller.start();
}

const deviceKey = () => controller.enrolmentKey({ name: "laptops", groups: ["staff"] });

async function joined(): Promise<{ id: string; joiner: Joiner; credentials: Credentials }> {
  const joiner = await makeJoiner();
  const answer = await controller.join(await deviceKey(), joiner);
  expect(answer.status).toBe(201);
  const { id, chain } = enrolAnswer.parse(answer.body);
  return { id, joiner, credentials: { cert: chain.join("\n"), key: joiner.keyPem } };
}

test("a device joins: the shown chain holds the pinned root, the certificate names the store's id", async () => {
  await start();
  const key = await controller.enrolmentKey({ name: "laptops" });
  const chain = await controller.shownChain();
  const pin = (key as unknown as { p: string }).p;
  expect(chain.map(pinOf)).toContain(pin);
  expect(chain[0]?.subjectAltName).toContain("URI:spiffe://corp.example/controller/main");
  const answer = enrolAnswer.parse((await controller.join(key, await makeJoiner())).body);
  const leaf = new X509Certificate(answer.chain[0]!);
  expect(leaf.subjectAltName).toBe(`URI:spiffe://corp.example/device/${answer.id}`);
  expect(answer.controllers).toEqual(["wss://127.0.0.1:8443/agent"]);
  expect(answer.trust).toMatchObject({
    aud: `spiffe://corp.example/device/${answer.id}`,
    roots: [pin],
  });
});

test("two devices race for one key: one joins, the other is told why; the winner may ask again", async () => {
  await start();
  const key = await deviceKey();
  const joiners = await Promise.all([makeJoiner(), makeJoiner()]);
  const answers = await Promise.all(joiners.map((joiner) => controller.join(key, joiner)));
  expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 403]);
  expect(answers.find((answer) => answer.status === 403)?.body).toMatchObject({ code: "SP-102" });
  const winner = answers.findIndex((answer) => answer.status === 201);
  const again = await controller.join(key, joiners[winner]!);
  expect(again.body).toMatchObject({ id: answers[winner]?.body["id"] });
  expect(again.body["trust"]).toEqual(answers[winner]?.body["trust"]);
});

test.each([
  ["an altered secret", (key: { k: string; s: string }) => ({ ...key, s: "A".repeat(43) })],
  ["an unknown id", (key: { k: string; s: string }) => ({ ...key, k: key.k.replace(/.$/, "0") })],
])("%s is refused with the same words as a revoked key", async (_name, alter) => {
  await start();
  const key = alter(await deviceKey());
  expect(await controller.join(key, await makeJoiner())).toMatchObject({
    status: 403,
    body: { code: "SP-105" },
  });
});

test("an expired key is refused", async () => {
  await start(-2 * dayMs);
  const key = await deviceKey();
  await controller.stop();
  controller.clockShiftMs = 0;
  await controller.start();
  expect(await controller.join(key, await makeJoiner())).toMatchObject({
    body: { code: "SP-101" },
  });
});

test("a request for another curve's key, or unproved, is refused and spends nothing", async () => {
  await start();
  const key = await deviceKey();
  const joiner = await makeJoiner();
  const bad = { ...joiner, csr: joiner.csr.replace(/[A-Za-z]/, "!") };
  expect(await controller.join(key, bad)).toMatchObject({ body: { code: "SP-703" } });
  expect((await controller.join(key, joiner)).status).toBe(201);
});

test("a gateway waits for its administrator, then gets its certificate by asking again", async () => {
  await start();
  await controller.ask("PUT", "/sites/hq", {});
  const key = await controller.enrolmentKey({ name: "gw", role: "gateway", site: "hq" });
  const joiner = await makeJoiner();
  expect(await controller.join(key, joiner)).toMatchObject({
    status: 202,
    body: { pending: true },
  });
  expect(await controller.join(key, joiner)).toMatchObject({ status: 202 });
  const pending = controller.logLines.find((line) => line["message"] === "enrolment pending");
  await controller.ask("POST", `/identities/${String(pending?.["id"])}/approve`);
  const answer = enrolAnswer.parse((await controller.join(key, joiner)).body);
  const leaf = new X509Certificate(answer.chain[0]!);
  expect(leaf.subjectAltName).toBe(`URI:spiffe://corp.example/gateway/${answer.id}`);
});

test("an expired certificate of ours renews late, also after a restart; a revoked one never", async () => {
  await start(-3 * dayMs);
  const { id, joiner, credentials } = await joined();
  await controller.stop();
  controller.clockShiftMs = 0;
  await controller.start();
  const late = await controller.post("/v1/renew", {}, credentials);
  const { chain } = renewAnswer.parse(late.body);
  const renewed = new X509Certificate(chain[0]!);
  expect(renewed.validToDate.getTime()).toBeGreaterThan(Date.now());
  const own = new X509Certificate(credentials.cert.split(/(?<=-----END CERTIFICATE-----)/)[0]!);
  expect(pinOf(renewed)).toBe(pinOf(own));
  await controller.ask("POST", `/identities/${id}/revoke`);
  const newest = { cert: chain.join("\n"), key: joiner.keyPem };
  expect(await controller.post("/v1/renew", {}, newest)).toMatchObject({
    body: { code: "SP-203" },
  });
});

test("an expired certificate of another authority is refused, and so is none at all", async () => {
  await start();
  const foreign = new TestController();
  try {
    foreign.clockShiftMs = -3 * dayMs;
    await foreign.init();
    await foreign.start();
    const joiner = await makeJoiner();
    const key = await foreign.enrolmentKey({ name: "laptops" });
    const { chain } = enrolAnswer.parse((await foreign.join(key, joiner)).body);
    const credentials = { cert: chain.join("\n"), key: joiner.keyPem };
    expect(await controller.post("/v1/renew", {}, credentials)).toMatchObject({
      status: 403,
      body: { code: "SP-201" },
    });
    expect(await controller.post("/v1/renew", {})).toMatchObject({ body: { code: "SP-201" } });
  } finally {
    await foreign.end();
  }
});

test("a second controller on the same folder is refused; what was joined outlives a restart", async () => {
  await start();
  const { id } = await joined();
  const second = new TestController();
  Object.assign(second, { places: controller.places });
  await expect(second.start()).rejects.toThrow(/SP-303/);
  await controller.stop();
  await controller.start();
  expect((await controller.ask("GET", `/devices/${id}`)).body).toMatchObject({
    id,
    status: "active",
    groups: ["staff"],
  });
});

test("metrics count the joining and never name a device", async () => {
  await start();
  const { id } = await joined();
  const text = await controller.metrics();
  expect(text).toContain('sallyport_enrolments_total{result="answer"} 1');
  expect(text).toMatch(/sallyport_store_write_seconds_count\{table="identity"\} 1/);
  expect(text).not.toContain(id);
  expect(text).not.toContain("laptop");
});
