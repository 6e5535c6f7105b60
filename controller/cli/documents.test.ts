import { expect, test } from "vitest";
import { readObjects, requireOnce } from "./documents.ts";

const read = (text: string) => readObjects([{ file: "a.yaml", text }]);

test("a line `---` before, behind or between documents begins no document of its own", () => {
  expect(read("---\nname: a\n---\n---\n# more?\n---\nname: b\n---\n")).toEqual([
    { name: "a" },
    { name: "b" },
  ]);
  expect(read("\ufeffname: a\r\n---\r\nname: b\r\n")).toEqual([{ name: "a" }, { name: "b" }]);
  for (const text of ["", "---\n", "# nothing\n"]) expect(() => read(text)).toThrow(/no document/);
});

test("what is no mapping, or no YAML, is refused by the file's name", () => {
  for (const text of ["- a\n", "a\n", "a: 1\na: 2\n", "a:\n\t- b\n"]) {
    expect(() => read(text)).toThrow(/a\.yaml: /);
  }
});

test("one name twice is refused: which of them is meant nobody knows", () => {
  const twice = [{ name: "hq" }, { name: "lab" }, { name: "hq" }];
  expect(() => requireOnce(twice, "a.yaml")).toThrow(/a\.yaml: `hq` is there twice/);
  requireOnce(twice.slice(0, 2), "a.yaml");
});
