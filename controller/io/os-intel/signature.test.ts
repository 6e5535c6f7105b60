import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { osIntel } from "#shared/posture/os-intel.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import { openOsIntel, publisherKey, publisherName, signOsIntel } from "./signature.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const bundle: OsIntelBundle = {
  schema: "sallyport.os-intel/1",
  sequence: 1,
  issuedAt: 1_000,
  expiresAt: 2_000,
  support: { ...osIntel, rolling: [], products: { debian: { "12": "2028-06-30" } } },
  builds: {},
};
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("what was signed is what is opened; keys keep their name", () => {
  const opened = openOsIntel(`${signOsIntel(bundle, privateKey)}\n`, publicKey);
  expect(opened).toEqual({ bundle });
  const named = publisherKey(publisherName(privateKey));
  expect(named?.equals(publicKey)).toBe(true);
  const pem = publicKey.export({ type: "spki", format: "pem" });
  expect(publisherKey(pem)?.equals(publicKey)).toBe(true);
  expect(publisherKey("garbage")).toBeNull();
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  expect(publisherKey(other.export({ type: "spki", format: "pem" }))).toBeNull();
});

test("attack: a changed byte, another key, another type, another algorithm are refused", () => {
  const jws = signOsIntel(bundle, privateKey);
  const [head = "", body = "", signature = ""] = jws.split(".");
  const why = (text: string) => {
    const opened = openOsIntel(text, publicKey);
    return "why" in opened ? opened.why : "";
  };
  const newer = part({ ...bundle, sequence: 9 });
  expect(why(`${head}.${newer}.${signature}`)).toContain("signature");
  expect(why(signOsIntel(bundle, generateKeyPairSync("ed25519").privateKey))).toContain(
    "signature",
  );
  expect(why(`${part({ alg: "none", typ: "os-intel+jws" })}.${body}.`)).toContain("something else");
  expect(why(`${part({ alg: "Ed25519", typ: "config+jwt" })}.${body}.${signature}`)).toContain(
    "something else",
  );
  expect(why("")).toContain("no signed bundle");
  expect(why(`${jws}.x`)).toContain("no signed bundle");
});

test("a bundle with unknown members or impossible dates is refused although its publisher signed it", () => {
  for (const bad of [
    { ...bundle, extra: 1 },
    { ...bundle, expiresAt: 500 },
    { ...bundle, sequence: 0 },
    { ...bundle, builds: { macos: [{ line: "26", build: "new", releasedOn: "2026-11-03" }] } },
  ]) {
    const opened = openOsIntel(signOsIntel(bad, privateKey), publicKey);
    expect("why" in opened && opened.why).toContain("content");
  }
});
