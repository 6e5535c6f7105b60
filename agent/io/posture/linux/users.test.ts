import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSudoers } from "./users.ts";

let root = "";
const write = (name: string, text: string) => {
  writeFileSync(join(root, name), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sallyport-sudoers-"));
  mkdirSync(join(root, "sudoers.d"));
  mkdirSync(join(root, "more.d"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

test("attack: rights in a file that sudoers includes from elsewhere", async () => {
  write("sudoers", "@include one\n@include one\n@includedir more.d\n@include absent\n");
  write("one", "#include two\nana ALL=(ALL) ALL\n");
  write("two", "@include sudoers\nben ALL=(ALL) ALL\n");
  write("more.d/cleo", "cleo ALL=(ALL) ALL\n");
  write("more.d/dan.off", "dan ALL=(ALL) ALL\n");
  write("sudoers.d/eve", "eve ALL=(ALL) ALL\n");
  const { text, denied } = await readSudoers(join(root, "sudoers"));
  expect(denied).toBe(false);
  expect(text?.match(/^\w+(?= ALL)/gm)?.toSorted()).toEqual(["ana", "ben", "cleo", "eve"]);
});

test("more files than a machine has are not read to a part", async () => {
  for (let number = 0; number < 300; number++) write(`more.d/${number}`, "");
  write("sudoers", "@includedir more.d\n");
  expect(await readSudoers(join(root, "sudoers"))).toEqual({ text: null, denied: true });
});

test("no sudoers is no right", async () => {
  expect(await readSudoers(join(root, "sudoers"))).toEqual({ text: null, denied: false });
});
