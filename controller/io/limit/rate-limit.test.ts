import { expect, test } from "vitest";
import { addressKey, makeRateLimit } from "./rate-limit.ts";

test("a burst is allowed, then as much as time refills", () => {
  const limit = makeRateLimit({ burst: 2, perSecond: 1 });
  expect([limit.take("a", 0), limit.take("a", 0), limit.take("a", 0)]).toEqual([0, 0, 1]);
  expect(limit.take("a", 999)).toBe(1);
  expect(limit.take("a", 2_000)).toBe(0);
  expect(limit.take("b", 2_000)).toBe(0);
});

test("keys beyond the bound push out the one that was quiet longest", () => {
  const limit = makeRateLimit({ burst: 1, perSecond: 0.1 });
  limit.take("first", 0);
  for (let index = 0; index < 10_000; index++) limit.take(`key ${index}`, 0);
  expect(limit.take("first", 0)).toBe(0);
  expect(limit.take("key 9999", 0)).toBe(10);
});

test("an IPv6 neighbourhood shares one bucket, an IPv4 address has its own", () => {
  expect(addressKey("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(addressKey("2001:db8:1:2:3:4:5:6")).toBe(addressKey("2001:db8:1:2:9:9:9:9"));
  expect(addressKey("2001:db8:1:2:3:4:5:6")).not.toBe(addressKey("2001:db8:1:3:3:4:5:6"));
  // As the system writes it: a run of zeros is left out, and which one depends on the rest.
  expect(addressKey("2001:db8::1:2:3:4")).toBe(addressKey("2001:db8::5"));
  expect(addressKey("fe80::1:2:3:4%eth0")).toBe(addressKey("fe80::5%eth0"));
});
