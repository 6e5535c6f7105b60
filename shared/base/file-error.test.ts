import { expect, test } from "vitest";
import { fileErrorOf, isDiskAway } from "./file-error.ts";

const known = [
  ["ENOSPC", "SP-404", true],
  ["EDQUOT", "SP-404", true],
  ["EROFS", "SP-414", true],
  ["EACCES", "SP-415", false],
  ["EPERM", "SP-415", false],
] as const;

test.each(known)("%s is %s, waited for: %s", (word, code, waits) => {
  const error = fileErrorOf(Object.assign(new Error("x"), { code: word }), "spool.db");
  expect(error).toEqual({ code, params: { file: "spool.db" } });
  expect(error !== null && isDiskAway(error)).toBe(waits);
});

test("what no file system said is not taken for it", () => {
  for (const other of [null, "ENOSPC", new Error("x"), { code: "EIO" }]) {
    expect(fileErrorOf(other, "spool.db")).toBeNull();
  }
});
