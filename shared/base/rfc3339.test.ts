import fc from "fast-check";
import { expect, test } from "vitest";
import { rfc3339 } from "./rfc3339.ts";

test("agrees with the platform's own calendar", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (at) => {
      expect(rfc3339(at)).toBe(new Date(at).toISOString());
    }),
  );
});
