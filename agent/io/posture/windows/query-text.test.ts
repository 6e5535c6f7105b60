import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const files = readdirSync(import.meta.dirname).filter((name) => /^[a-z-]+\.ts$/.test(name));
const texts = files.map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
const queries = texts.join("\n");

test("BitLocker is asked by its methods: the cached property was seen to be stale", () => {
  const [disk = ""] = texts.filter((text) => text.includes("Win32_EncryptableVolume"));
  expect(disk).toContain("-MethodName GetProtectionStatus");
  expect(disk).not.toContain("$_.ProtectionStatus");
});

test("no cast makes 0 or false of a member that is missing", () => {
  expect(queries.match(/\w=\[(int|long|bool)\]\$\w+\.(?!Count)\w+/g) ?? []).toEqual([]);
});

test("localised words decide nothing: groups and accounts go by SID, states by number", () => {
  expect(queries).not.toMatch(/-Group |Get-LocalGroupMember (?!-SID)|Enabled=\[string\]/);
  expect(queries).toContain("-SID $s");
});

test("people who sign in with Entra ID have hives of another kind, and their screens count", () => {
  const [, hives = ""] = /PSChildName -match '([^']+)'/.exec(queries) ?? [];
  for (const sid of ["S-1-5-21-1-2-3-1001", "S-1-12-1-1-2-3-4"])
    expect(sid).toMatch(new RegExp(hives));
  for (const sid of ["S-1-5-18", "S-1-12-1-1-2-3-4_Classes"])
    expect(sid).not.toMatch(new RegExp(hives));
});

test("a search of Windows Update stays offline and a failed one names its code", () => {
  expect(queries).toContain("$s.Online=$false");
  expect(queries.match(/catch\{/g)?.length).toBeGreaterThan(3);
});
