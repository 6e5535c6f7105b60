import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { osIntel } from "#shared/posture/os-intel.ts";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { publisherName, signOsIntel } from "../os-intel/signature.ts";

let api: AdminApiUnderTest;
beforeEach(async () => {
  api = await openAdminApi();
});
afterEach(() => api.close());

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const publisher = publicKey.export({ type: "spki", format: "pem" });

function signed(sequence: number, more: object = {}, key: KeyObject = privateKey): string {
  const nowAt = Date.now();
  const support = { ...osIntel, rolling: [...osIntel.rolling] };
  const schema = "sallyport.os-intel/1" as const;
  const times = { issuedAt: nowAt - 2, expiresAt: nowAt + 86_400_000 };
  return signOsIntel({ schema, sequence, ...times, support, builds: {}, ...more }, key);
}

const put = (body: unknown) => api.ask("POST", "/os-intel", { body });
const sequence = async () => (await api.ask("GET", "/os-intel", {})).body["sequence"];

test("the first bundle names its publisher; later ones are held to that key", async () => {
  expect((await api.ask("GET", "/os-intel", {})).status).toBe(404);
  expect((await put({ jws: signed(1) })).body).toMatchObject({ code: "SP-703" });
  expect((await put({ jws: signed(5), publisher })).status).toBe(200);
  expect((await put({ jws: signed(6) })).status).toBe(200);
  expect((await api.ask("GET", "/os-intel", {})).body).toMatchObject({
    sequence: 6,
    publisher: publisherName(publicKey),
    expired: false,
  });
});

test("attack: a rolled back, foreign, ended or cut bundle is refused and the held one stays", async () => {
  await put({ jws: signed(5), publisher });
  expect((await put({ jws: signed(5) })).body).toMatchObject({ code: "SP-705" });
  expect((await put({ jws: signed(4) })).body).toMatchObject({ code: "SP-705" });
  const foreign = signed(9, {}, generateKeyPairSync("ed25519").privateKey);
  expect((await put({ jws: foreign })).body).toMatchObject({ code: "SP-703" });
  const support = { ...osIntel, rolling: [], trustedUntil: "2020-01-01" };
  const ended = signed(9, { issuedAt: 1, expiresAt: 2, support });
  expect((await put({ jws: ended })).body).toMatchObject({ code: "SP-703" });
  expect((await put({ jws: signed(9).slice(0, -9) })).body).toMatchObject({ code: "SP-703" });
  expect(await sequence()).toBe(5);
});

test("another publisher is followed once it is named, whatever its count", async () => {
  await put({ jws: signed(5), publisher });
  const other = generateKeyPairSync("ed25519");
  const named = other.publicKey.export({ type: "spki", format: "pem" });
  expect((await put({ jws: signed(2, {}, other.privateKey), publisher: named })).status).toBe(200);
  expect(await sequence()).toBe(2);
});

test("a bundle whose builds have ended still brings its ends of support", async () => {
  expect((await put({ jws: signed(3, { issuedAt: 1, expiresAt: 2 }), publisher })).status).toBe(
    200,
  );
  expect((await api.ask("GET", "/os-intel", {})).body).toMatchObject({
    sequence: 3,
    expired: true,
  });
});
