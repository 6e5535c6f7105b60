import { expect, test } from "vitest";
import { certificateBodies, extraOf } from "./certificates.ts";

const pem = (body: string) =>
  `# label\n-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

test("bodies come without line ends; a cut certificate makes the whole text unreadable", () => {
  expect(certificateBodies(pem("QUJD\nREVG") + pem("R0hJ"))).toEqual(["QUJDREVG", "R0hJ"]);
  expect(certificateBodies("")).toEqual([]);
  expect(certificateBodies(pem("QUJD").slice(0, -10))).toBeNull();
  expect(certificateBodies(pem("<html>"))).toBeNull();
  expect(certificateBodies(pem("QUJD").repeat(4097))).toBeNull();
});

test("what the distribution brought is no extra, however often it is in the bundle", () => {
  expect(extraOf(["b", "a", "c", "c"], new Set(["a"]))).toEqual(["b", "c"]);
});
