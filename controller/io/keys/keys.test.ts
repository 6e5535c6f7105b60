import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { secret } from "#shared/base/secret.ts";
import { signJws } from "./jws.ts";
import { makeKeyFile, readKeyFile } from "./key-file.ts";
import { makeSealing } from "./sealing.ts";
import { generateSigningKey, readSigningKey, thumbprint } from "./signing-key.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-keys-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const place = { table: "key_", id: "config" };

test("a sealed value opens at its own place, under its own key, and unaltered only", () => {
  const sealing = makeSealing(secret(Buffer.alloc(32, 1)));
  const sealed = sealing.seal(place, Buffer.from("content"));
  expect(sealing.open(place, sealed).toString()).toBe("content");
  expect(sealed.includes("content")).toBe(false);
  expect(sealing.seal(place, Buffer.from("content"))).not.toEqual(sealed);
  expect(() => sealing.open({ ...place, id: "grant" }, sealed)).toThrow(/SP-803/);
  expect(() => makeSealing(secret(Buffer.alloc(32, 2))).open(place, sealed)).toThrow(/SP-803/);
  expect(() => sealing.open(place, sealed.subarray(0, 20))).toThrow(/SP-803/);
  for (const index of [0, 12, sealed.length - 1]) {
    const altered = Buffer.from(sealed);
    altered[index] = (altered[index] ?? 0) ^ 1;
    expect(() => sealing.open(place, altered), String(index)).toThrow(/SP-803/);
  }
});

test("a key file is private, never replaced, and refused when others may read it", () => {
  const path = join(directory, "kek");
  makeKeyFile(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readKeyFile(path).reveal()).toHaveLength(32);
  expect(() => makeKeyFile(path)).toThrow(/EEXIST/);
  chmodSync(path, 0o640);
  expect(() => readKeyFile(path)).toThrow(/SP-804.*0600/);
  writeFileSync(join(directory, "short"), "abcd", { mode: 0o600 });
  expect(() => readKeyFile(join(directory, "short"))).toThrow(/SP-804/);
  expect(() => readKeyFile(join(directory, "absent"))).toThrow(/SP-804/);
});

test("thumbprints agree with RFC 8037 appendix A.3", () => {
  expect(thumbprint("Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")).toBe(
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
  );
});

test("a JWS has exactly three header members and verifies with the public JWK", () => {
  const key = readSigningKey("grant", generateSigningKey());
  const jws = signJws("grant+jwt", { jti: "j1" }, key);
  const [header = "", payload = "", signature = ""] = jws.split(".");
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({
    alg: "Ed25519",
    typ: "grant+jwt",
    kid: key.publicJwk.kid,
  });
  expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toEqual({ jti: "j1" });
  const publicKey = createPublicKey({ key: key.publicJwk, format: "jwk" });
  const verifies = (text: string) =>
    verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64url"));
  expect(verifies(`${header}.${payload}`)).toBe(true);
  expect(verifies(`${header}.x${payload}`)).toBe(false);
});

test("CVE-2026-0257: a key signs nothing but its own purpose", () => {
  const key = readSigningKey("config", generateSigningKey());
  expect(() => signJws("grant+jwt", {}, key)).toThrow(/must not sign/);
});

test("another kind of key is no signing key", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" });
  expect(() => readSigningKey("grant", pkcs8)).toThrow(/Ed25519/);
});
