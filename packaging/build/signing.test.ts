import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signFiles, writeDigests } from "./signing.ts";

let folder: string;
let files: readonly string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-"));
  files = ["b.rpm", "a.deb"].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, file);
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the digests are those that sha256sum finds", () => {
  const list = writeDigests(files, folder);
  const checked = execFileSync("/usr/bin/sha256sum", ["--check", list], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(checked).toBe("a.deb: OK\nb.rpm: OK\n");
});

test("the owner's program signs every file, and its failure is the build's", async () => {
  const program = join(folder, "sign");
  writeFileSync(program, '#!/bin/sh\nset -e\ntest -e "$1"\necho signed > "$1.sig"\n', {
    mode: 0o755,
  });
  await signFiles(files, program);
  expect(files.map((file) => readFileSync(`${file}.sig`, "utf8"))).toEqual([
    "signed\n",
    "signed\n",
  ]);
  await expect(signFiles([join(folder, "absent")], program)).rejects.toThrow(/exit 1/);
  await expect(signFiles(files, "sign")).rejects.toThrow(/absolute/);
  await signFiles(files, undefined);
});
