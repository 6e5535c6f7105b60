import { createPrivateKey, generateKeyPairSync, verify, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { hostOf, idOf } from "../../../test/fakes/agent-samples.ts";
import {
  enrolmentKeyFor,
  type FakeAnswer,
  type FakeAuthority,
  type FakeController,
  makeAuthority,
  type SeenRequest,
  startFakeController,
  trustSetFor,
} from "../../../test/fakes/fake-controller.ts";
import { heldWaits } from "../../../test/fakes/held-waits.ts";
import { secret } from "#shared/base/secret.ts";
import type { JoiningMessage } from "../../ports.ts";
import type { RawAnswer } from "../netd/netd-line.ts";
import { makeRequest } from "./certificate-request.ts";
import { askToJoin, type Surroundings } from "./enrolment.ts";
import { readDraft, readIdentity } from "./identity-file.ts";
import { anyDoor } from "./allowed-door.ts";
import { openMembership } from "./membership.ts";

const deviceId = idOf("dev", "1");
let authority: FakeAuthority;
let controller: FakeController;
let directory: string;
let answer: (request: SeenRequest) => FakeAnswer | Promise<FakeAnswer>;
const asked: { verb: string; fields: Readonly<Record<string, unknown>> }[] = [];
const shared: JoiningMessage[] = [];

beforeAll(async () => {
  authority = await makeAuthority("example.test");
});

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  asked.length = 0;
  shared.length = 0;
  answer = accept();
  controller = await startFakeController(authority, { answer: (request) => answer(request) });
});

afterEach(async () => {
  await controller.close();
  rmSync(directory, { recursive: true });
});

function around(role: "device" | "gateway" = "device"): Surroundings {
  const told = (message: JoiningMessage) => void shared.push(message);
  const netd = { call: fakeNetd };
  return { directory, host: hostOf(role), netd, proxy: null, door: anyDoor, told };
}

/** Answers as netd does: the public half of whatever private key it is given. */
function fakeNetd(verb: string, fields: Readonly<Record<string, unknown>>): Promise<RawAnswer> {
  asked.push({ verb, fields });
  if (verb !== "key") return Promise.resolve({ ok: true, error: null, fields: {} });
  const prefix = Buffer.from("302e020100300506032b656e04220420", "hex");
  const key = createPrivateKey({
    key: Buffer.concat([prefix, Buffer.from(String(fields["privateKey"]), "base64")]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = key.export({ format: "jwk" });
  const publicKey = Buffer.from(String(x), "base64url").toString("base64");
  return Promise.resolve({ ok: true, error: null, fields: { publicKey } });
}

const byKey = (text: string) => ({ kind: "key", key: secret(text) }) as const;

function accept(spiffe = `spiffe://example.test/device/${deviceId}`) {
  return async (request: SeenRequest): Promise<FakeAnswer> => ({
    status: 201,
    body: {
      id: deviceId,
      chain: await authority.issue(String(request.body["csr"]), spiffe),
      controllers: [controller.wssUrl],
      trustDomain: "example.test",
      trust: trustSetFor(authority, spiffe),
    },
  });
}

test("joins: keys made here, the private WireGuard key only in netd, the enrolment key gone", async () => {
  const key = enrolmentKeyFor(controller.url, authority.pin);
  const joined = await openMembership(null, around(), { told: () => undefined }).membership.enrol(
    byKey(key),
  );
  expect(joined).toMatchObject({ kind: "enrolled", identity: { id: deviceId, role: "device" } });
  expect(asked.map(({ verb }) => verb)).toEqual(["hello", "key", "trust"]);
  expect(existsSync(join(directory, "enrolment.json"))).toBe(false);
  expect(statSync(join(directory, "identity.json")).mode & 0o777).toBe(0o600);
  const text = readFileSync(join(directory, "identity.json"), "utf8");
  expect(text).not.toContain(String(asked[1]!.fields["privateKey"]));
  expect(text).not.toContain(key);
  expect(controller.requests[0]!.clientFingerprint).toBeNull();
});

test("keeps keys and enrolment key while an administrator must approve, and asks the same again", async () => {
  const key = enrolmentKeyFor(controller.url, authority.pin);
  answer = () => ({ status: 202, body: { pending: true, retryAfterSeconds: 7 } });
  expect(await askToJoin(byKey(key), around())).toEqual({ kind: "pending", retryAfterSeconds: 7 });
  expect(readDraft(directory).content?.key).toBe(key);
  answer = accept();
  expect(await askToJoin(null, around())).toMatchObject({ kind: "member" });
  const [first, second] = controller.requests.map((request) => request.body["wgPublicKey"]);
  expect(second).toBe(first);
});

test("tells people word by word what it said to join, once for a credential and without the key", async () => {
  const key = enrolmentKeyFor(controller.url, authority.pin);
  answer = () => ({ status: 202, body: { pending: true, retryAfterSeconds: 7 } });
  await askToJoin(byKey(key), around());
  answer = accept();
  await askToJoin(null, around());
  const { keyId, secret: _, ...said } = controller.requests[0]?.body ?? {};
  expect(keyId).toBeDefined();
  expect(shared).toEqual([{ kind: "joining", ...said }]);
});

test("says to leave first where netd knows this machine by another identity", async () => {
  const error = { code: "conflict", at: "trust.aud", detail: "this machine has another identity" };
  const call = (verb: string, fields: Readonly<Record<string, unknown>>) =>
    verb === "trust" ? Promise.resolve({ ok: false, error, fields: {} }) : fakeNetd(verb, fields);
  const key = enrolmentKeyFor(controller.url, authority.pin);
  const asking = askToJoin(byKey(key), { ...around(), netd: { call } });
  expect(await asking).toMatchObject({ kind: "failed", error: { code: "SP-140" } });
});

test("spends no key where netd has another identity from before", async () => {
  const known = { ok: true, error: null, fields: { identity: `spiffe://example.test/device/1` } };
  const call = (verb: string, fields: Readonly<Record<string, unknown>>) =>
    verb === "hello" ? Promise.resolve(known) : fakeNetd(verb, fields);
  const key = enrolmentKeyFor(controller.url, authority.pin);
  const asking = askToJoin(byKey(key), { ...around(), netd: { call } });
  expect(await asking).toMatchObject({ kind: "failed", error: { code: "SP-140" }, final: true });
  expect(controller.requests).toEqual([]);
  expect(asked).toEqual([]);
});

test("another key takes the place of one that waits, and the same one is the same request", async () => {
  const pending = { status: 202, body: { pending: true, retryAfterSeconds: 7 } };
  const refused = { status: 403, body: { code: "SP-102", params: { key: "ek_1" } } };
  const [waiting, other] = ["1", "2"].map((name) =>
    enrolmentKeyFor(controller.url, authority.pin, `ek_${name.repeat(26)}`),
  ) as [string, string];
  const managed = (key: string) => ({ ...byKey(key), managed: true });
  answer = () => pending;
  await askToJoin(managed(waiting), around());
  const draft = readDraft(directory).content;
  expect(draft?.managed).toBe(true);
  await askToJoin(managed(waiting), around());
  expect(readDraft(directory).content).toEqual(draft);
  await askToJoin(managed(other), around());
  expect(readDraft(directory).content?.key).toBe(other);
  // netd has but one key, and it is that of the last request.
  answer = () => refused;
  expect(await askToJoin(managed(waiting), around())).toMatchObject({ final: true });
  expect(readDraft(directory).content).toBeNull();
});

test("says why the controller refuses, by its code, and keeps nothing", async () => {
  answer = () => ({ status: 403, body: { code: "SP-102", params: { key: "ek_1" } } });
  const key = enrolmentKeyFor(controller.url, authority.pin);
  expect(await askToJoin(byKey(key), around())).toEqual({
    kind: "failed",
    error: { code: "SP-102", params: { key: "ek_1" } },
    final: true,
  });
  expect(existsSync(join(directory, "enrolment.json"))).toBe(false);
});

test("sends nothing to a server that cannot show the pinned root", async () => {
  const other = await makeAuthority("example.test");
  const key = enrolmentKeyFor(controller.url, other.pin);
  expect(await askToJoin(byKey(key), around())).toMatchObject({ error: { code: "SP-111" } });
  expect(controller.requests).toEqual([]);
});

test("does not take a server of our authority for a controller unless it is named so", async () => {
  const impostor = await startFakeController(authority, {
    spiffe: `spiffe://example.test/device/${deviceId}`,
    answer: accept(),
  });
  const key = enrolmentKeyFor(impostor.url, authority.pin);
  expect(await askToJoin(byKey(key), around())).toMatchObject({ error: { code: "SP-201" } });
  expect(impostor.requests).toEqual([]);
  await impostor.close();
});

test.each([
  ["another authority", async () => makeAuthority("example.test")],
  ["a key that is not ours", async () => authority],
])("refuses a certificate of %s", async (_what, issuedBy) => {
  const issuer = await issuedBy();
  answer = async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spiffe = `spiffe://example.test/device/${deviceId}`;
    return {
      status: 201,
      body: {
        id: deviceId,
        chain: await issuer.issue(makeRequest(privateKey), spiffe),
        controllers: [controller.wssUrl],
        trustDomain: "example.test",
        trust: trustSetFor(authority, spiffe),
      },
    };
  };
  const key = enrolmentKeyFor(controller.url, authority.pin);
  expect(await askToJoin(byKey(key), around())).toMatchObject({ error: { code: "SP-201" } });
  expect(readIdentity(directory).content).toBeNull();
});

test("refuses a gateway's key on a device", async () => {
  answer = accept(`spiffe://example.test/gateway/${idOf("gw", "1")}`);
  const key = enrolmentKeyFor(controller.url, authority.pin);
  expect(await askToJoin(byKey(key), around())).toMatchObject({ error: { code: "SP-104" } });
});

test("a renewal that a full disk does not take counts, and is written once it has room", async () => {
  const waits = heldWaits();
  const told: (ErrorRef | null)[] = [];
  const { membership, credentials } = openMembership(null, around(), {
    told: (error) => told.push(error),
    wait: waits.wait,
  });
  await membership.enrol(byKey(enrolmentKeyFor(controller.url, authority.pin)));
  const former = readIdentity(directory).content;
  const spiffe = `spiffe://example.test/device/${deviceId}`;
  const chain = await authority.issue(makeRequest(credentials().client!.key), spiffe);
  symlinkSync("/dev/full", join(directory, "identity.json.new"));
  expect(await membership.storeCertificate(chain)).toMatchObject({ kind: "renewed" });
  expect(told).toMatchObject([{ code: "SP-404", params: { file: expect.any(String) } }]);
  expect(credentials().client?.chain).toEqual(chain);
  expect(readIdentity(directory).content).toEqual(former);
  // The failed write has taken its temporary file away, and so the link.
  waits.pass();
  expect(told.at(-1)).toBeNull();
  expect(readIdentity(directory).content).toEqual({ ...former, chain });
});

test("what is written late is never the identity of a machine that has left meanwhile", async () => {
  const waits = heldWaits();
  const { membership, credentials } = openMembership(null, around(), {
    told: () => undefined,
    wait: waits.wait,
  });
  await membership.enrol(byKey(enrolmentKeyFor(controller.url, authority.pin)));
  const spiffe = `spiffe://example.test/device/${deviceId}`;
  const chain = await authority.issue(makeRequest(credentials().client!.key), spiffe);
  symlinkSync("/dev/full", join(directory, "identity.json.new"));
  await membership.storeCertificate(chain);
  await membership.forget();
  waits.pass();
  expect(readIdentity(directory).content).toBeNull();
});

test("renews late with the certificate it has, and signs heads by the device key", async () => {
  const key = enrolmentKeyFor(controller.url, authority.pin);
  const { membership, credentials } = openMembership(null, around(), { told: () => undefined });
  await membership.enrol(byKey(key));
  const before = credentials().client!.chain[0]!;
  const spiffe = `spiffe://example.test/device/${deviceId}`;
  answer = async () => ({
    status: 200,
    body: {
      chain: await authority.issue(makeRequest(credentials().client!.key), spiffe),
      trust: trustSetFor(authority, spiffe),
    },
  });
  const renewed = await membership.renewLate(controller.wssUrl);
  expect(renewed.kind).toBe("renewed");
  const { path, clientFingerprint } = controller.requests.at(-1)!;
  expect(path).toBe("/v1/renew");
  expect(clientFingerprint).toBe(new X509Certificate(before).fingerprint256);
  expect(credentials().client!.chain[0]).not.toBe(before);
  const head = "a".repeat(64);
  const signature = Buffer.from(membership.sign(head), "base64url");
  const publicKey = new X509Certificate(before).publicKey;
  const options = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  expect(verify("sha256", Buffer.from(head), options, signature)).toBe(true);
});
