import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readDocuments, readObjects, readSetFiles, requireOnce } from "./documents.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-documents-"));
afterAll(() => rmSync(folder, { recursive: true }));

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

test("a folder stands for its documents, and files of one name are told apart", () => {
  const inner = join(folder, "inner");
  mkdirSync(inner);
  for (const path of [join(folder, "a.yaml"), join(inner, "a.yaml"), join(folder, "b.txt")]) {
    writeFileSync(path, "name: a\n");
  }
  const files = [folder, inner];
  const names = files.map((path) => join(path, "a.yaml"));
  expect(readDocuments(files).map(({ file }) => file)).toEqual(names);
  expect(readSetFiles({ files }).map(({ file }) => file)).toEqual(names);
  expect(readDocuments([inner]).map(({ file }) => file)).toEqual(["a.yaml"]);
});
