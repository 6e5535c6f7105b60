import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "./address.ts";
import { containsAddress, containsCidr, overlaps, parseCidr } from "./cidr.ts";

const cidr = (text: string) => parseCidr(text) ?? expect.fail(`bad test prefix ${text}`);

test("canonical prefixes are read, others refused", () => {
  for (const good of ["10.0.0.0/8", "0.0.0.0/0", "fd50::/48", "::/0", "fd50::10/128"]) {
    expect(parseCidr(good), good).not.toBeNull();
  }
  const bad = [
    "10.0.0.1/8",
    "10.0.0.0/33",
    "010.0.0.0/8",
    "FD50::/48",
    "fd50:0::/48",
    "::/129",
    "1.2.3/8",
    "10.0.0.0",
    "fe80::1%eth0/128",
    "1::2::3/64",
    "/8",
    "10.0.0.0/08",
  ];
  for (const text of bad) expect(parseCidr(text), text).toBeNull();
});

test("containment and overlap keep the families apart", () => {
  expect(containsCidr(cidr("10.0.0.0/8"), cidr("10.50.0.0/24"))).toBe(true);
  expect(containsCidr(cidr("10.50.0.0/24"), cidr("10.0.0.0/8"))).toBe(false);
  expect(overlaps(cidr("10.50.0.0/24"), cidr("10.0.0.0/8"))).toBe(true);
  expect(overlaps(cidr("10.50.0.0/24"), cidr("10.50.1.0/24"))).toBe(false);
  expect(overlaps(cidr("::/0"), cidr("0.0.0.0/0"))).toBe(false);
  expect(containsAddress(cidr("10.50.0.0/24"), { family: 4, value: 0x0a3200ffn })).toBe(true);
  expect(containsAddress(cidr("10.50.0.0/24"), { family: 4, value: 0x0a320100n })).toBe(false);
});

test("every address survives formatting and parsing", () => {
  const six = fc
    .bigInt({ min: 0n, max: (1n << 128n) - 1n })
    .map((value) => ({ family: 6 as const, value }));
  const four = fc
    .bigInt({ min: 0n, max: (1n << 32n) - 1n })
    .map((value) => ({ family: 4 as const, value }));
  fc.assert(
    fc.property(fc.oneof(six, four), (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});
