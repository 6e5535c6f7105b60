import fc from "fast-check";
import { expect, test } from "vitest";
import { rawLimit, redactRaw } from "./redact.ts";

test.each([
  ["Site Key: abc123", "Site Key: [redacted]"],
  ["Site-Key = abc123 rest", "Site-Key = [redacted] rest"],
  ['"RecoveryPassword": "111111-222222"', '"RecoveryPassword": [redacted]'],
  ['cid="0123", aid="4567"', 'cid=[redacted], aid="4567"'],
  ["key 123456-234567-345678-456789-567890-678901-789012-890123", "key [redacted]"],
  ["-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nnext", "[redacted]\nnext"],
  ["Bearer eyJhbGciOiJFZERTQSJ9.eyJhIjoxfQ.c2ln", "Bearer [redacted]"],
  ["aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQh", "[redacted]"],
])("%j keeps no secret", (text, kept) => {
  expect(redactRaw(text)).toBe(kept);
});

test("digests, versions and plain output stay readable", () => {
  const text = `chain input { policy drop; } ${"ab".repeat(32)} 10.0.26100.1\n`;
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
