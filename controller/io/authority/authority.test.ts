import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "#shared/base/canonical-json.ts";
import { secret } from "#shared/base/secret.ts";
import { openStoreInProcess } from "../../../test/fakes/store-in-process.ts";
import type { Authority } from "../../ports/authority.ts";
import { makeClock } from "../clock/clock.ts";
import { type KeyRing, openKeyRing, sealNewKeys } from "../keys/key-ring.ts";
import { makeSealing } from "../keys/sealing.ts";
import { type Authority as CertificateAuthority, makeIssuing, makeRoot } from "../pki/authority.ts";
import { exportPrivateKey } from "../pki/signing-key.ts";
import type { StoreThreads } from "../store/store-threads.ts";
import { makeAuthority } from "./authority.ts";

const now = Date.now();
const sealing = makeSealing(secret(Buffer.alloc(32, 1)));
const aud = "spiffe://corp.example/device/dev_1";

let store: StoreThreads;
let root: CertificateAuthority;
let issuing: CertificateAuthority;
let gauges: Map<string, number>;

beforeEach(async () => {
  store = await openStoreInProcess();
  root = await makeRoot("corp.example", now);
  issuing = await makeIssuing(root, now);
  gauges = new Map();
});
afterEach(() => store.close());

async function newKeys(): Promise<KeyRing> {
  const pkcs8 = await exportPrivateKey(issuing.keys.privateKey);
  return openKeyRing(sealing, sealNewKeys(sealing, pkcs8));
}

function authorityOf(keys: KeyRing, nowAt = now): Promise<Authority> {
  return makeAuthority({
    settings: {
      trustDomain: "corp.example",
      name: "main",
      addresses: ["ctl.example", "192.0.2.1"],
      rootPem: root.certificate,
      issuingPem: issuing.certificate,
    },
    keys,
    store,
    clock: { ...makeClock(), nowAt: () => nowAt },
    metrics: { gauge: (_name, labels, value) => void gauges.set(String(labels["kind"]), value) },
  });
}

test("a trust set keeps its bytes while its content stays, also over restarts and at once", async () => {
  const keys = await newKeys();
  const authority = await authorityOf(keys);
  const [first, second] = await Promise.all([authority.trustSet(aud), authority.trustSet(aud)]);
  const later = await (await authorityOf(keys, now + 86_400_000)).trustSet(aud);
  expect(second).toEqual(first);
  expect(later).toEqual(first);
});

test("with new keys its version rises, even when the clock went back", async () => {
  const first = await (await authorityOf(await newKeys())).trustSet(aud);
  const next = await (await authorityOf(await newKeys(), now - 86_400_000)).trustSet(aud);
  expect(next.version).toBe(first.version + 1);
  expect(next.configKeys).not.toEqual(first.configKeys);
});

test("it is for one identity, signed by the issuing certificate at the head of its chain", async () => {
  const authority = await authorityOf(await newKeys());
  const { sig, ...content } = await authority.trustSet(aud);
  const signed = (text: string) =>
    verify(
      "sha256",
      Buffer.from(text),
      { key: createPublicKey(content.chain[0]!), dsaEncoding: "ieee-p1363" },
      Buffer.from(sig, "base64url"),
    );
  expect(signed(canonicalJson(content))).toBe(true);
  expect(signed(canonicalJson({ ...content, aud: `${aud}2` }))).toBe(false);
  const keys = [content.configKeys, content.grantKeys, content.leaseKeys].map(([key]) => key?.kid);
  expect(new Set(keys).size).toBe(3);
});

test("server credentials hold key, leaf, issuer and root, and their end is told", async () => {
  const authority = await authorityOf(await newKeys());
  const { chainPem, keyPem, notAfterAt } = await authority.serverCredentials();
  const pems = chainPem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  const [leaf, issuer, top] = pems.map((pem) => new X509Certificate(pem));
  expect(leaf?.checkHost("ctl.example")).toBe("ctl.example");
  expect(leaf?.publicKey.equals(createPublicKey(keyPem))).toBe(true);
  expect(leaf?.checkIssued(issuer!)).toBe(true);
  expect(issuer?.checkIssued(top!)).toBe(true);
  expect(gauges.get("server")).toBe(notAfterAt / 1000);
  expect([...gauges.keys()].toSorted()).toEqual(["issuing", "root", "server"]);
});

test("a certificate is for the key and name of the order, with its issuer beside it", async () => {
  const authority = await authorityOf(await newKeys());
  const { publicKey } = new X509Certificate(issuing.certificate);
  const spkiHex = publicKey.export({ type: "spki", format: "der" }).toString("hex");
  const order = { role: "gateway", id: "gw_1", spkiHex, nowAt: now } as const;
  const { record, chain } = await authority.issue(order);
  expect(record).toMatchObject({ identity: "spiffe://corp.example/gateway/gw_1", spkiHex });
  expect(chain).toEqual([record.pem, issuing.certificate]);
});

test("a request that is none is refused by code", async () => {
  const authority = await authorityOf(await newKeys());
  await expect(authority.readRequest("noise")).rejects.toThrow(/SP-703/);
});

test("a key sealed for another purpose does not open in its place", async () => {
  const pkcs8 = await exportPrivateKey(issuing.keys.privateKey);
  const swapped = sealNewKeys(sealing, pkcs8).map((key) =>
    key.id === "grant" ? { ...key, id: "config" } : key,
  );
  expect(() => openKeyRing(sealing, swapped)).toThrow(/SP-803/);
});
