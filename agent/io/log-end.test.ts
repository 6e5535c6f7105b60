import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endOfLog } from "./log-end.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function log(lines: readonly string[]): string {
  const file = join(directory, "log");
  writeFileSync(file, lines.join("\n"));
  return file;
}

test("a short log comes whole", async () => {
  expect(await endOfLog(log(["one", "two"]))).toEqual(["one", "two"]);
  expect(await endOfLog(log([]))).toEqual([""]);
});

test("of a large log the last lines come, none cut in two", async () => {
  const lines = Array.from(
    { length: 40_000 },
    (_, index) => `line ${index} of many, of some length`,
  );
  const end = await endOfLog(log(lines));
  expect(end).toEqual(lines.slice(-1_000));
  const long = Array.from({ length: 20 }, (_, index) => `${index} ${"x".repeat(100_000)}`);
  expect(await endOfLog(log(long))).toEqual(long.slice(-5));
});

test("a log that is not there is an error of whoever asks", async () => {
  await expect(endOfLog(join(directory, "none"))).rejects.toThrow("ENOENT");
});
