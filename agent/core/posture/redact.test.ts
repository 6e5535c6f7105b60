import fc from "fast-check";
import { expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { rawLimit, redactNamed, redactRaw } from "./redact.ts";

test.each([
  ["Site Key: abc123", "Site Key: [redacted]"],
  ["http://ada:p@ss@proxy:3128/", "http://[redacted]@proxy:3128/"],
  ["https://t0ken@updates.example.com/a@b", "https://[redacted]@updates.example.com/a@b"],
  ["ENROLL_KEY_sp1_abc", "ENROLL_KEY_[redacted]"],
  ["Site-Key = abc123 rest", "Site-Key = [redacted] rest"],
  ['"RecoveryPassword": "111111-222222"', '"RecoveryPassword": [redacted]'],
  ['cid="0123", aid="4567"', 'cid=[redacted], aid="4567"'],
  ["<key>CID</key>\n<string>0123</string>", "<key>CID</key>\n<string>[redacted]</string>"],
  ["key 123456-234567-345678-456789-567890-678901-789012-890123", "key [redacted]"],
  ["-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nnext", "[redacted]\nnext"],
  ["access_token=abc rest", "access_token=[redacted] rest"],
  ["clientSecret: hunter2", "clientSecret: [redacted]"],
  [
    "<key>accessToken</key><string>ab</string>",
    "<key>accessToken</key><string>[redacted]</string>",
  ],
  ["Site-Key      abc123", "Site-Key      [redacted]"],
  ["{'password': 'two words'}", "{'password': [redacted]}"],
  ["Authorization: Bearer abc.def", "Authorization: [redacted]"],
  ["Passphrase: correct horse, battery\nnext: 1", "Passphrase: [redacted]\nnext: 1"],
  ["admin_password=two words", "admin_password=[redacted]"],
  ['"password": "two words", "on": true', '"password": [redacted], "on": true'],
  ["MASTER KEY: de ad be ef", "MASTER KEY: [redacted]"],
  [
    "MK dump:\t1f 2e 3d 4c 5b 6a 79 88\n\t1f 2e 3d 4c 5b 6a 79 88\nend",
    "MK dump:\t[redacted]\nend",
  ],
  [`0 8 crypt aes-xts-plain64 ${"5f".repeat(32)} 0`, "0 8 crypt aes-xts-plain64 [redacted] 0"],
  ["key 1A2B-3C4D-5E6F-7G8H-9I0J-KLMN", "key [redacted]"],
  [`key ${Array(8).fill("cbdefghi").join("-")}`, "key [redacted]"],
  ["Bearer eyJhbGciOiJFZERTQSJ9.eyJhIjoxfQ.c2ln", "Bearer [redacted]"],
  ["aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQh", "[redacted]"],
])("%j keeps no secret", (text, kept) => {
  expect(redactRaw(text)).toBe(kept);
});

test("attack: a product's own names, from the catalogue, are cut out of its status", () => {
  const names = edrCatalogue.flatMap(({ redactions }) => redactions ?? []);
  expect(names).toEqual(expect.arrayContaining(["cid", "site key", "org id"]));
  expect(redactNamed('{"orgId":"8f1-77","healthy":true}', ["org id"])).toBe(
    '{"orgId":[redacted],"healthy":true}',
  );
  expect(redactNamed("Site-Key: abc\nReady: yes", ["site key"])).toBe(
    "Site-Key: [redacted]\nReady: yes",
  );
  expect(redactNamed("<key>cid</key><string>12</string>", ["cid"])).toBe(
    "<key>cid</key><string>[redacted]</string>",
  );
  expect(redactNamed("any: thing", [])).toBe("any: thing");
});

test("digests, versions and plain output stay readable", () => {
  const text =
    `chain input { policy drop; } ${"ab".repeat(32)} 10.0.26100.1\n` +
    "uuid 62688ee4-8c38-41e9-b0b6-6bab449621a5 02:42:ac:11:00:02\n";
  expect(redactRaw(text)).toBe(text);
});

test("what is kept is short and without control characters", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3_000, unit: "binary-ascii" }), (text) => {
      const kept = redactRaw(text);
      expect(kept.length).toBeLessThanOrEqual(rawLimit);
      expect(kept).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 30 },
  );
});
