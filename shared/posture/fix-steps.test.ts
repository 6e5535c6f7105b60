import { expect, test } from "vitest";
import { numbered, stepsOf } from "./fix-steps.ts";

test("steps come back out of their text", () => {
  const text = numbered("Open Settings.", "Choose `Update 3. 1`.", "Restart.");
  expect(text).toBe("1. Open Settings. 2. Choose `Update 3. 1`. 3. Restart.");
  expect(stepsOf("1. Open Settings. 2. Restart.")).toEqual(["Open Settings.", "Restart."]);
});

test.each([
  "Call the service desk.",
  "Install release 2. Then restart.",
  "1. is the only step.",
  "1. Open Settings. 3. Restart.",
])("%s is one step", (text) => {
  expect(stepsOf(text)).toEqual([text]);
});
