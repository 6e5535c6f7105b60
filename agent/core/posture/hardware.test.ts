import fc from "fast-check";
import { expect, test } from "vitest";
import { filledIn, judgeHardware } from "./hardware.ts";

const known = (value: unknown) => ({ kind: "known", value });
const unknown = (reason: string) => ({ kind: "unknown", reason });

test.each([
  "To Be Filled By O.E.M.",
  "Default string",
  "None",
  "0",
  "System Serial Number",
  "Not Specified",
  "123456789",
  "0123456789",
  "00000000",
  "........",
  "  ",
  "a\u0007b",
  "x".repeat(129),
])("the placeholder %j is no serial number", (text) => {
  expect(filledIn(text)).toBeNull();
});

test("padding and the device tree's final zero byte go", () => {
  expect(filledIn(" PF3ABCDE \n")).toBe("PF3ABCDE");
  expect(filledIn("10000000a1b2c3d4\0")).toBe("10000000a1b2c3d4");
});

test("serial numbers are a set; the same one twice counts once", () => {
  const signs = { vendor: "LENOVO\n", model: "20XW\n", denied: false };
  const judged = judgeHardware({ ...signs, serials: ["PF3", "PF3", "L1HF", "Default string"] });
  expect(judged).toEqual({
    vendor: known("LENOVO"),
    model: known("20XW"),
    serials: known(["L1HF", "PF3"]),
  });
});

test("a serial that only root may read is permission, none at all is no data", () => {
  const none = { vendor: null, model: null, serials: [null, "None"] };
  expect(judgeHardware({ ...none, denied: true }).serials).toEqual(unknown("permission"));
  expect(judgeHardware({ ...none, denied: false }).serials).toEqual(unknown("no_data"));
  expect(judgeHardware({ ...none, denied: true }).vendor).toEqual(unknown("no_data"));
});

test("whatever firmware says, it never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const value = filledIn(text);
      expect(value === null || value.length <= 128).toBe(true);
    }),
  );
});
