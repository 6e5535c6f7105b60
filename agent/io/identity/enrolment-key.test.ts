import fc from "fast-check";
import { expect, test } from "vitest";
import { enrolmentKeyFor } from "../../../test/fakes/fake-controller.ts";
import { parseEnrolmentKey } from "./enrolment-key.ts";

const key = enrolmentKeyFor("https://controller.example.test:8443", "p".repeat(42) + "A");

test("reads what a controller made", () => {
  expect(parseEnrolmentKey(key)).toMatchObject({
    u: "https://controller.example.test:8443",
    p: "p".repeat(42) + "A",
  });
});

test("notices any changed character and any lost tail, and never shows the key", () => {
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom("A", "b", "9", "", " "), (at, other) => {
      const changed = key.slice(0, at) + other + key.slice(at + 1);
      fc.pre(changed !== key);
      try {
        // The last character of base64url may hold unused bits: then the content is the same.
        expect(parseEnrolmentKey(changed)).toEqual(parseEnrolmentKey(key));
      } catch (error) {
        expect(error).toMatchObject({ code: "SP-104" });
        expect(String(error)).not.toContain(changed.slice(4, 40));
      }
    }),
  );
});

test.each(["", "sp2_abc", `sp1_${"A".repeat(600)}`, "sp1_", "sp1_AAAA"])("refuses %j", (text) => {
  expect(() => parseEnrolmentKey(text)).toThrow(/SP-104/);
});
