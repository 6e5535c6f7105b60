// Joining by an identity of device management, with the agent's own code and with hostile hands.
import { createPrivateKey, sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { makeRequest } from "../../agent/io/identity/certificate-request.ts";
import { askToJoin } from "../../agent/io/identity/enrolment.ts";
import { secret } from "#shared/base/secret.ts";
import { identityProofText } from "#shared/protocol/identity-proof.ts";
import { hostOf } from "../fakes/agent-samples.ts";
import {
  type DeviceManagement,
  identityPassword,
  type IssuedIdentity,
  makeDeviceManagement,
} from "../fakes/device-management.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { anyDoor } from "../../agent/io/identity/allowed-door.ts";
import { type Answer, newKey, post, wireguardKeyOf } from "./raw-agent.ts";

const dayMs = 86_400_000;
let controller: ControllerUnderTest;
let management: DeviceManagement;
let door: { readonly controller: string; readonly rootPin: string };
let directory: string;

beforeAll(async () => {
  controller = await startController();
  management = makeDeviceManagement("Example device management");
  const body = {
    name: "mdm",
    groups: ["staff"],
    identityAuthorities: [management.authorityPem],
  };
  const made = await controller.ask({ method: "POST", path: "/enrol-keys", body });
  expect(made).not.toHaveProperty("key");
  const { rootPin } = made as { rootPin: string };
  door = { controller: `https://127.0.0.1:${controller.agentsPort}`, rootPin };
});
afterAll(() => controller.remove());
beforeEach(() => {
  directory = mkdtempSync(joinPath(tmpdir(), "sallyport-identity-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Joins as the agent does. */
function joinBy({ file }: IssuedIdentity, password = identityPassword) {
  const call = (verb: string, fields: Readonly<Record<string, unknown>>) => {
    const publicKey = verb === "key" ? publicHalf(String(fields["privateKey"])) : "";
    return Promise.resolve({ ok: true, error: null, fields: { publicKey } });
  };
  const host = hostOf("device");
  const told = () => undefined;
  const around = { directory, host, netd: { call }, proxy: null, door: anyDoor, told };
  const shown = { file: secret(file.toString("base64")), password: secret(password) };
  return askToJoin({ kind: "identity", ...shown, ...door }, around);
}

/** Asks by hand; `alter` changes the request after it was signed. */
async function askByHand(
  identity: IssuedIdentity,
  name: string,
  alter: (body: Record<string, unknown>) => void = () => undefined,
): Promise<Answer & { readonly text: string }> {
  const joining = {
    csr: makeRequest(newKey()),
    wgPublicKey: wireguardKeyOf(name),
    device: { hostname: name, os: "linux", serials: [] },
  };
  const chain = [identity.certificatePem];
  const first = await post(controller, "/v1/enrol", {
    text: JSON.stringify({ identity: { chain }, ...joining }),
  });
  const challenge = String(first.body["challenge"]);
  const text = identityProofText({ challenge, ...joining });
  const signature = sign("sha256", Buffer.from(text), identity.keyPem).toString("base64url");
  const body = { identity: { chain, proof: { challenge, signature } }, ...joining };
  alter(body);
  const sent = JSON.stringify(body);
  return { ...(await post(controller, "/v1/enrol", { text: sent })), text: sent };
}

const refused = (answer: Answer) => [answer.body["code"], String(answer.body["detail"])];

test("a device with a managed identity joins, is active at once, and its serial is kept", async () => {
  const identity = management.issue("laptop-7");
  const joined = await joinBy(identity);
  if (joined.kind !== "member") throw new Error(JSON.stringify(joined));
  const shown = await controller.ask({ method: "GET", path: `/devices/${joined.identity.id}` });
  expect(shown).toMatchObject({
    status: "active",
    groups: ["staff"],
    attestation: {
      issuer: "CN=Example device management",
      serial: identity.serial,
      subject: "CN=laptop-7",
    },
  });
});

test("a wrong password never reaches the controller", async () => {
  expect(await joinBy(management.issue("typo"), "wrong")).toMatchObject({
    kind: "failed",
    error: { code: "SP-107", params: { why: expect.stringContaining("password") } },
  });
});

test("expired, not yet valid, foreign, for servers and weak: each is refused by its reason", async () => {
  const of = async (identity: IssuedIdentity) => refused(await askByHand(identity, "bad"));
  const other = makeDeviceManagement("Example device management");
  const past = { fromMs: -2 * dayMs, untilMs: -dayMs };
  const future = { fromMs: dayMs, untilMs: 2 * dayMs };
  expect(await of(management.issue("a", past))).toEqual([
    "SP-106",
    expect.stringContaining("not valid at"),
  ]);
  expect(await of(management.issue("b", future))).toEqual([
    "SP-106",
    expect.stringContaining("not valid at"),
  ]);
  expect(await of(other.issue("c"))).toEqual(["SP-106", expect.stringContaining("no authority")]);
  expect(await of(other.issue("d", past))).toEqual([
    "SP-106",
    expect.stringContaining("no authority"),
  ]);
  expect(await of(management.issue("e", { clientAuth: false }))).toEqual([
    "SP-106",
    expect.stringContaining("client authentication"),
  ]);
  expect(await of(management.issue("f", { bits: 1024 }))).toEqual([
    "SP-106",
    expect.stringContaining("weak"),
  ]);
});

test("a request that was overheard is of no use: neither again, nor with other keys", async () => {
  const identity = management.issue("overheard");
  const good = await askByHand(identity, "overheard");
  expect(good.status).toBe(201);
  const again = await post(controller, "/v1/enrol", { text: good.text });
  expect(refused(again)).toEqual(["SP-106", expect.stringContaining("challenge")]);
  const swapped = await askByHand(management.issue("swapped"), "swapped", (body) => {
    body["csr"] = makeRequest(newKey());
  });
  expect(refused(swapped)).toEqual(["SP-106", expect.stringContaining("possession")]);
  const borrowed = await askByHand(management.issue("borrowed"), "borrowed", (body) => {
    const { chain, proof } = body["identity"] as { chain: string[]; proof: object };
    body["identity"] = { chain: [identity.certificatePem, ...chain], proof };
  });
  expect(refused(borrowed)).toEqual(["SP-106", expect.stringContaining("possession")]);
});

test("one identity is one device, until that one is revoked", async () => {
  const identity = management.issue("reinstalled");
  expect((await askByHand(identity, "first")).status).toBe(201);
  const second = await askByHand(identity, "second");
  expect(refused(second)).toEqual(["SP-705", expect.stringContaining("`first`")]);
  await controller.ask({ method: "POST", path: "/identities/first/revoke" });
  expect((await askByHand(identity, "third")).status).toBe(201);
});

test("a revoked authority admits nobody, and the secret's way does not lead to it", async () => {
  const former = makeDeviceManagement("former");
  const body = { name: "former", identityAuthorities: [former.authorityPem] };
  const made = await controller.ask({ method: "POST", path: "/enrol-keys", body });
  const { id } = made as { id: string };
  const guess = { keyId: id, secret: "identity".padEnd(43, "A") };
  const rest = {
    csr: makeRequest(newKey()),
    wgPublicKey: wireguardKeyOf("guess"),
    device: { hostname: "guess", os: "linux", serials: [] },
  };
  const guessed = await post(controller, "/v1/enrol", {
    text: JSON.stringify({ ...guess, ...rest }),
  });
  expect(guessed.body["code"]).toBe("SP-105");
  await controller.ask({ method: "POST", path: `/enrol-keys/${id}/revoke` });
  expect(refused(await askByHand(former.issue("late"), "late"))[0]).toBe("SP-106");
});

test("only certificates of authorities are taken, and only for devices", async () => {
  const leaf = management.issue("leaf").certificatePem;
  const create = (body: object) => controller.ask({ method: "POST", path: "/enrol-keys", body });
  await expect(create({ name: "leaf", identityAuthorities: [leaf] })).rejects.toThrow(/authority/);
  await expect(create({ name: "noise", identityAuthorities: ["noise"] })).rejects.toThrow(/PEM/);
  const authority = [management.authorityPem];
  const gateway = { name: "gw", role: "gateway", site: "office", identityAuthorities: authority };
  await expect(create(gateway)).rejects.toThrow(/gateways/);
});

/** The public half of a WireGuard key, as netd answers it. */
function publicHalf(privateKey: string): string {
  const prefix = Buffer.from("302e020100300506032b656e04220420", "hex");
  const key = createPrivateKey({
    key: Buffer.concat([prefix, Buffer.from(privateKey, "base64")]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = key.export({ format: "jwk" });
  return Buffer.from(String(x), "base64url").toString("base64");
}
