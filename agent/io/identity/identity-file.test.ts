import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readDraft, readIdentity } from "./identity-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("where nobody has joined there is nothing, and no trouble", () => {
  expect(readIdentity(directory)).toEqual({ content: null, trouble: null });
  expect(readDraft(directory)).toEqual({ content: null, trouble: null });
});

test.each([
  ["identity.json", readIdentity],
  ["enrolment.json", readDraft],
] as const)("a corrupt %s is set aside and told, never guessed at", (name, read) => {
  const file = join(directory, name);
  for (const text of ["", "{", '{"schema":"sallyport.identity/1"}', "\0".repeat(64)]) {
    writeFileSync(file, text);
    const { content, trouble } = read(directory);
    expect(content).toBeNull();
    expect(trouble).toMatchObject({ code: "SP-302", params: { file } });
    expect(readFileSync(String(trouble?.params["aside"]), "utf8")).toBe(text);
    expect(existsSync(file)).toBe(false);
  }
});
