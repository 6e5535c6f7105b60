import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

interface RefusedWrite {
  readonly refusedWrite: (
    error: Error & { code?: string; path?: string },
    clone: string,
  ) => { readonly line: string } | undefined;
  readonly requireWritable: (clone: string, access: (place: string) => void) => void;
}

const { refusedWrite, requireWritable } = createRequire(import.meta.url)(
  "./refused-write.cjs",
) as RefusedWrite;

function refusal(code: string, path: string) {
  return Object.assign(new Error(code), { code, path });
}

it.each([
  ["EACCES", "/c/.cache", /another user; .* sudo rm -rf \/c\/\.cache \/c\/node_modules$/],
  ["EACCES", "/c/.", /^sallyport set-up: \/c is not yours to write; clone into/],
  ["EROFS", "/c/.cache", /^sallyport set-up: \/c\/\.cache is on a read-only file system/],
  ["ENOSPC", "/c/.cache", /^sallyport set-up: no space left for \/c\/\.cache/],
])("tells %s at %s in one line", (code, path, line) => {
  expect(refusedWrite(refusal(code, path), "/c")?.line).toMatch(line);
});

it("leaves a bug a bug", () => {
  expect(refusedWrite(refusal("ENOENT", "/c/package-lock.json"), "/c")).toBeUndefined();
  expect(refusedWrite(new TypeError("x is not a function"), "/c")).toBeUndefined();
});

it("asks for every place that is written and there, before the first slow step", () => {
  const clone = mkdtempSync(join(tmpdir(), "sallyport-refused-"));
  mkdirSync(join(clone, ".cache", "netd"), { recursive: true });
  const asked: string[] = [];
  requireWritable(clone, (place) => asked.push(place));
  expect(asked).toEqual([clone, join(clone, ".cache"), join(clone, ".cache", "netd")]);
  const refuse = (place: string) => {
    if (place.endsWith("netd")) throw refusal("EACCES", place);
  };
  expect(() => requireWritable(clone, refuse)).toThrow("EACCES");
  rmSync(clone, { recursive: true });
});
