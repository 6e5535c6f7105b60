import { expect, test } from "vitest";
import { storeFailure } from "./store-error.ts";

test.each([
  ["database or disk is full", 13, "SP-404"],
  ["no room for the index that threads share", 4874, "SP-404"],
  ["another fault of the disk", 10, "SP-901"],
  ["cannot be opened, with room", 14, "SP-901"],
  ["locked", 5, "SP-801"],
  ["not a database", 26, "SP-805"],
])("%s (%d) is %s", (message, errcode, code) => {
  const error = Object.assign(new Error(message), { errcode });
  expect(storeFailure(error, "writing", "/tmp/controller.db").code).toBe(code);
});
