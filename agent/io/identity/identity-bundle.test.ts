import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CodedError } from "#shared/base/coded-error.ts";
import { secret } from "#shared/base/secret.ts";
import { openIdentityBundle } from "./identity-bundle.ts";

const fixtures = join(import.meta.dirname, "../../../test/fixtures/identity");
const file = (name: string) => readFileSync(join(fixtures, name));
const password = secret("correct-horse");

function refusalOf(bytes: Uint8Array, word = password): string {
  try {
    openIdentityBundle(bytes, word);
    return "";
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return `${error.code} ${String(error.params["why"])}`;
  }
}

test.each(["ec-aes256.p12", "ec-3des.p12"])("%s opens to its key and chain, leaf first", (name) => {
  const { privateKey, chain } = openIdentityBundle(file(name), password);
  const [leaf, issuer] = chain.map((pem) => new X509Certificate(pem));
  expect(leaf?.subject).toContain("CN=laptop-7");
  expect(leaf?.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
  expect(issuer !== undefined && leaf?.verify(issuer.publicKey)).toBe(true);
});

test("a wrong password, another kind of file and one without a key are told apart", () => {
  expect(refusalOf(file("ec-aes256.p12"), secret("wrong"))).toMatch(
    /^SP-107 its password is wrong/,
  );
  expect(refusalOf(file("ec-3des.p12"), secret(""))).toMatch(/^SP-107 its password is wrong/);
  expect(refusalOf(Buffer.from("-----BEGIN"))).toMatch(/^SP-107 it is no PKCS#12/);
  expect(refusalOf(new Uint8Array(0))).toMatch(/^SP-107 it is no PKCS#12/);
  expect(refusalOf(file("no-key.p12"))).toMatch(/^SP-107 it does not hold exactly one key/);
  expect(refusalOf(new Uint8Array(200_000))).toMatch(/^SP-107 it is larger/);
});

test("whatever byte is changed or missing, it is refused by its code or opens to the same key", () => {
  const whole = file("ec-aes256.p12");
  const { privateKey } = openIdentityBundle(whole, password);
  const place = fc.integer({ min: 0, max: whole.length - 1 });
  fc.assert(
    fc.property(place, fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
      const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
      if (!cut) bytes[at] = (bytes[at] ?? 0) ^ change;
      const said = refusalOf(bytes);
      if (said === "") expect(openIdentityBundle(bytes, password).privateKey).toBe(privateKey);
      else expect(said).toMatch(/^SP-107/);
    }),
    { numRuns: 60 },
  );
});
