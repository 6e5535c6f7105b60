import { expect, test } from "vitest";
import { type Denied, withDenied } from "./denied.ts";

const one: Denied = { device: "dev_1", dst: "10.50.0.10", proto: "tcp", port: 22, count: 3 };

test("refusals of the same target add up, others stand beside", () => {
  const held = withDenied(withDenied([], one), { ...one, count: 4 });
  expect(held).toEqual([{ ...one, count: 7 }]);
  expect(withDenied(held, { ...one, proto: "udp" })).toHaveLength(2);
});

test("a device that tries every port fills no memory", () => {
  let held: readonly Denied[] = [];
  for (let port = 1; port <= 2_000; port += 1) held = withDenied(held, { ...one, port });
  expect(held).toHaveLength(256);
});
