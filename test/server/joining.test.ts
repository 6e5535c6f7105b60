import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseEnrolmentKey } from "../../agent/io/identity/enrolment-key.ts";
import { enrolmentKeyText } from "../../controller/io/token/enrolment-key-text.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { patience } from "./patience.ts";
import { enrol, link, newKey, post, wireguardKeyOf } from "./raw-agent.ts";

let controller: ControllerUnderTest;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
});
afterAll(() => controller.remove());

test("a stranger whose request cannot be read is kept as one: nothing it calls itself is believed", async () => {
  const asked = {
    keyId: parseEnrolmentKey(await controller.enrolKey({})).k,
    secret: Buffer.alloc(32, 9).toString("base64url"),
    csr: "-----BEGIN CERTIFICATE REQUEST-----\nnoise\n-----END CERTIFICATE REQUEST-----\n",
    wgPublicKey: wireguardKeyOf("stranger"),
    device: { hostname: "stranger", os: "linux", serials: [] },
  };
  const answer = await post(controller, "/v1/enrol", { text: JSON.stringify(asked) });
  expect(answer).toMatchObject({ status: 400, body: { code: "SP-703" } });
  // It is answered before it is kept.
  const kept = await vi.waitFor(async () => {
    const { items } = (await controller.ask({ method: "GET", path: "/enrol-keys/refused" })) as {
      items: { code: string; hostname: string | null }[];
    };
    return items.find(({ code }) => code === "SP-703") ?? expect.fail("not kept yet");
  }, patience);
  expect(kept).toMatchObject({ key: asked.keyId, hostname: null });
});

test("CVE-2024-7401: of fifty clients that race for a key of one use exactly one joins", async () => {
  const text = await controller.enrolKey({});
  const names = Array.from({ length: 50 }, (_, index) => `racer-${index}`);
  const answers = await Promise.all(
    names.map((name) => enrol(controller, text, { key: newKey(), name })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(new Set(refused.map(({ body }) => body["code"]))).toEqual(new Set(["SP-102"]));
  const { items } = (await controller.ask({ method: "GET", path: "/devices" })) as {
    items: { name: string }[];
  };
  expect(items.filter(({ name }) => name.startsWith("racer-"))).toHaveLength(1);
});

test("a client that lost the answer asks again and is the same device", async () => {
  const text = await controller.enrolKey({});
  const key = newKey();
  const first = await enrol(controller, text, { key, name: "twice" });
  const second = await enrol(controller, text, { key, name: "twice" });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body["id"]).toBe(first.body["id"]);
});

test("a client that asks again before its first answer is the same device", async () => {
  const text = await controller.enrolKey({});
  const asked = { key: newKey(), name: "impatient" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => enrol(controller, text, asked)),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ body }) => body["id"])).size).toBe(1);
});

test("a key that is used up, revoked or altered is refused by a code of its own", async () => {
  let count = 0;
  const refusal = async (text: string) =>
    (await enrol(controller, text, { key: newKey(), name: `late-${count++}` })).body["code"];
  const usedUp = await controller.enrolKey({});
  expect(await refusal(usedUp)).toBeUndefined();
  expect(await refusal(usedUp)).toBe("SP-102");
  const revoked = await controller.enrolKey({});
  const { k, ...rest } = parseEnrolmentKey(revoked);
  await controller.ask({ method: "POST", path: `/enrol-keys/${k}/revoke` });
  expect(await refusal(revoked)).toBe("SP-105");
  const other = parseEnrolmentKey(await controller.enrolKey({}));
  expect(await refusal(enrolmentKeyText({ ...rest, k: other.k }))).toBe("SP-105");
  expect(await refusal(enrolmentKeyText({ ...rest, k: `ek_${"0".repeat(26)}` }))).toBe("SP-105");
});

test("a gateway's key at a machine that runs as a device is refused, and not spent", async () => {
  const text = await controller.enrolKey({ role: "gateway", site: "office" });
  const key = newKey();
  const name = "misplaced";
  const refused = await enrol(controller, text, { key, name, role: "device" });
  expect(refused).toMatchObject({ status: 403, body: { code: "SP-109" } });
  expect((await enrol(controller, text, { key, name, role: "gateway" })).status).toBe(202);
});

test("whom an administrator turned away hears that, each time it asks", async () => {
  const text = await controller.enrolKey({ approval: "admin" });
  const asked = { key: newKey(), name: "turned-away" };
  expect((await enrol(controller, text, asked)).status).toBe(202);
  const { items } = (await controller.ask({ method: "GET", path: "/devices" })) as {
    items: { id: string; name: string }[];
  };
  const { id } = items.find(({ name }) => name === asked.name)!;
  await controller.ask({ method: "POST", path: `/identities/${id}/revoke` });
  for (let time = 0; time < 2; time += 1) {
    const { status, body } = await enrol(controller, text, asked);
    expect({ status, code: body["code"] }).toEqual({ status: 403, code: "SP-116" });
  }
});

test("a WireGuard key belongs to one identity: another device or gateway with it is refused", async () => {
  const name = "same-key";
  const first = await enrol(controller, await controller.enrolKey({}), { key: newKey(), name });
  expect(first.status).toBe(201);
  for (const asked of [{}, { role: "gateway", site: "office" }]) {
    const text = await controller.enrolKey(asked);
    const { status, body } = await enrol(controller, text, { key: newKey(), name });
    expect({ status, code: body["code"] }).toEqual({ status: 409, code: "SP-705" });
  }
});

test("a device of a many-use key is unattested: it connects and holds nothing", async () => {
  const text = await controller.enrolKey({ usesMax: 5, groups: ["staff"] });
  const key = newKey();
  const { status, body } = await enrol(controller, text, { key, name: "crowd" });
  expect(status).toBe(201);
  const { id, chain } = body as { id: string; chain: string[] };
  const wgPublicKey = wireguardKeyOf("crowd");
  const raw = await link(controller, { id, key, chain, wgPublicKey });
  const { resources } = await raw.next("verdict");
  expect(resources[0]).toMatchObject({ state: "blocked", reasons: [{ code: "approval_needed" }] });
  raw.close();
});

test("what is not a request to join is refused with a reason, and the port lives on", async () => {
  const cases: readonly [text: string, status: number, code: string][] = [
    ["", 400, "SP-703"],
    ["{", 400, "SP-703"],
    ["[]", 400, "SP-703"],
    ['{"keyId":"ek_1"}', 400, "SP-703"],
    [JSON.stringify({ pad: "x".repeat(70_000) }), 413, "SP-204"],
  ];
  for (const [text, status, code] of cases) {
    expect(await post(controller, "/v1/enrol", { text })).toMatchObject({ status, body: { code } });
  }
  const nowhere = await post(controller, "/v1/elsewhere", {});
  expect(nowhere).toMatchObject({ status: 404, body: { code: "SP-702" } });
});

test("a flood from one address is told to wait before anything is looked at", async () => {
  const flood = await Promise.all(
    Array.from({ length: 400 }, () => post(controller, "/v1/enrol", { text: "{" })),
  );
  const codes = flood.map(({ body }) => body["code"]);
  expect(codes).toContain("SP-706");
});
