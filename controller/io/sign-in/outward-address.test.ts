import { expect, test } from "vitest";
import { parseCidr } from "#shared/net/cidr.ts";
import { isOutward } from "./outward-address.ts";

/** As a URL holds it: the parser writes numbers and mapped addresses anew. */
const written = (host: string) => new URL(`https://${host}`).hostname.replace(/^\[|\]$/g, "");

test.each([
  "127.0.0.1",
  "2130706433",
  "0x7f.1",
  "0177.0.0.1",
  "0",
  "10.0.0.1",
  "100.100.100.200",
  "169.254.169.254",
  "172.31.255.255",
  "192.168.0.1",
  "198.18.0.1",
  "255.255.255.255",
  "[::]",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:169.254.169.254]",
  "[::ffff:0:10.0.0.1]",
  "[::10.0.0.1]",
  "[64:ff9b::10.0.0.1]",
  "[2002:a00:1::]",
  "[fd00::1]",
  "[fe80::1]",
  "[fec0::1]",
  "[ff02::1]",
])("%s is no address outside, however it is written (SSRF)", (host) => {
  expect(isOutward(written(host), [])).toBe(false);
});

test("a mapped address is the one that it maps, inside and outside", () => {
  const allowed = [parseCidr("10.20.0.0/16")].filter((prefix) => prefix !== null);
  for (const text of ["::ffff:10.20.0.1", "::ffff:a14:1", "10.20.0.1"]) {
    expect({ text, is: isOutward(text, allowed) }).toEqual({ text, is: true });
  }
  for (const text of ["8.8.8.8", "::ffff:8.8.8.8", "::ffff:808:808", "2606:4700::1111"]) {
    expect({ text, is: isOutward(text, []) }).toEqual({ text, is: true });
  }
});

test.each(["", "localhost", "127.1", "fe80::1%eth0", "1.2.3.4.5"])(
  "`%s` is no address at all",
  (text) => expect(isOutward(text, [])).toBe(false),
);
