import { expect, test } from "vitest";
import { grantListing } from "./listing.ts";

test("the listing does not depend on the order of the grants", () => {
  const grants = [
    { jti: "b", exp: 2 },
    { jti: "a", exp: 1 },
  ];
  expect(grantListing(grants)).toBe("a 1\nb 2\n");
  expect(grantListing(grants.toReversed())).toBe("a 1\nb 2\n");
});
