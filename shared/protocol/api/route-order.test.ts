import { expect, test } from "vitest";
import { requestOf } from "./route-order.ts";

test("parts of a path cannot leave their place", () => {
  const order = { params: { key: "../tokens?x=1#y" } };
  expect(requestOf("GET /devices/:key", order).path).toBe("/devices/..%2Ftokens%3Fx%3D1%23y");
});

test("filters are encoded, and one that is empty is none", () => {
  const query = { search: "a&b=c d", status: null, after: "", limit: 50, effect: undefined };
  expect(requestOf("GET /devices", { query }).path).toBe("/devices?search=a%26b%3Dc%20d&limit=50");
});
