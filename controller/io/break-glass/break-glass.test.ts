import { generateKeyPairSync, verify, createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { makeIssuing, makeRoot } from "../pki/authority.ts";
import { exportPrivateKey } from "../pki/signing-key.ts";
import { createPrivateKey } from "node:crypto";
import {
  draftFile,
  makeBreakGlassKey,
  readBreakGlassFile,
  readPayload,
  signFile,
} from "./break-glass-file.ts";
import { isKeyOf, isVouched, vouchFor } from "./break-glass-key.ts";

const payload = {
  aud: "spiffe://lab.example/gateway/gw_01k9zq8h5v4t3s2r1q0p9n8m7k",
  sub: "spiffe://lab.example/device/dev_01k9zq8h5v4t3s2r1q0p9n8m7k",
  jti: "bg-1",
  iat: 1_900_000_000,
  exp: 1_900_001_800,
  cnf: { jkt: "a".repeat(43) },
  wg: { pk: `${"A".repeat(42)}A=`, ips: ["100.96.1.1/32"] },
  resources: ["wiki"],
  reason: "controller lost",
};

test("a file is signed by two keys, and says what it opens", () => {
  const [ann, bob] = [makeBreakGlassKey(), makeBreakGlassKey()];
  const once = signFile(draftFile(payload), ann.pem);
  expect(() => signFile(once, ann.pem)).toThrow(/another administrator/);
  const twice = readBreakGlassFile(JSON.stringify(signFile(once, bob.pem)));
  expect(() => signFile(twice, makeBreakGlassKey().pem)).toThrow(/two signatures/);
  expect(readPayload(twice)).toEqual(payload);
  const [first] = twice.signatures;
  const key = createPublicKey({ key: ann.publicJwk, format: "jwk" });
  const signed = Buffer.from(`${first!.protected}.${twice.payload}`);
  expect(verify(null, signed, key, Buffer.from(first!.signature, "base64url"))).toBe(true);
});

test("what no gateway would take is not signed: too long, over before it begins", () => {
  const { pem } = makeBreakGlassKey();
  for (const exp of [payload.iat + 3_601, payload.iat]) {
    const text = JSON.stringify({ ...payload, exp });
    const file = { payload: Buffer.from(text).toString("base64url"), signatures: [] };
    expect(() => signFile(file, pem)).toThrow(/at most 3600 s/);
  }
});

test("only the root vouches, for this key and this holder", async () => {
  const root = await makeRoot("lab.example", Date.now());
  const keyOf = async (made: { keys: { privateKey: CryptoKey } }) =>
    createPrivateKey({
      key: Buffer.from(await exportPrivateKey(made.keys.privateKey)),
      format: "der",
      type: "pkcs8",
    });
  const rootKey = await keyOf(root);
  const { publicJwk } = makeBreakGlassKey();
  const vouched = vouchFor(publicJwk, "ann", rootKey);
  expect(isVouched(vouched, root.certificate)).toBe(true);
  expect(isVouched({ ...vouched, holder: "eve" }, root.certificate)).toBe(false);
  expect(isVouched({ ...vouched, ...makeBreakGlassKey().publicJwk }, root.certificate)).toBe(false);
  const issuing = await makeIssuing(root, Date.now());
  const byIssuing = vouchFor(publicJwk, "ann", await keyOf(issuing));
  expect(isVouched(byIssuing, root.certificate)).toBe(false);
  expect([
    isKeyOf(rootKey, root.certificate),
    isKeyOf(await keyOf(issuing), root.certificate),
  ]).toEqual([true, false]);
});

test.each(["{", "{}", '{"payload":"!","signatures":[]}'])("%s is no file", (text) => {
  expect(() => readBreakGlassFile(text)).toThrow(/SP-703/);
});

test("a key of another kind signs nothing", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  expect(() => signFile(draftFile(payload), pem)).toThrow(/Ed25519/);
});
