import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const { sourceHash } = createRequire(import.meta.url)("./native-programs.cjs") as {
  readonly sourceHash: (native: string) => string;
};

let native = "";

const put = (name: string, text: string) => {
  mkdirSync(join(native, name, ".."), { recursive: true });
  writeFileSync(join(native, name), text);
};

beforeEach(() => {
  native = mkdtempSync(join(tmpdir(), "sallyport-native-"));
  put("go.mod", "module x");
  put("cmd/a/main.go", "package main");
  put("vendor/modules.txt", "# x v1");
  put("vendor/x/x.go", "package x");
});

afterEach(() => {
  rmSync(native, { recursive: true });
});

it.each([
  ["a source", "cmd/a/main.go"],
  ["the module file", "go.mod"],
  ["the manifest of vendored modules", "vendor/modules.txt"],
  ["a new file", "internal/b/b.go"],
])("changes with %s", (_what, file) => {
  const before = sourceHash(native);
  put(file, "something else");
  expect(sourceHash(native)).not.toBe(before);
});

it("does not change with a test", () => {
  const before = sourceHash(native);
  put("cmd/a/main_test.go", "package main");
  expect(sourceHash(native)).toBe(before);
});

it("tells apart the same bytes cut into other files", () => {
  put("p/one.go", "ab");
  put("p/two.go", "c");
  const before = sourceHash(native);
  put("p/one.go", "a");
  put("p/two.go", "bc");
  expect(sourceHash(native)).not.toBe(before);
});
