import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChecks } from "./checks-file.ts";

const check = { id: "cleaner", kind: "process", path: "/opt/x/bin/agent" };
const parse = (...checks: readonly object[]) => parseChecks(JSON.stringify({ checks }));

test("a check is an exact path, with a digest or without", () => {
  const sha256 = "a".repeat(64);
  expect(parse(check, { ...check, id: "b", kind: "file", sha256 })).toEqual([
    { ...check, sha256: null },
    { id: "b", kind: "file", path: "/opt/x/bin/agent", sha256 },
  ]);
  expect(parse()).toEqual([]);
});

test.each([
  [{ ...check, path: "/opt/*/agent" }],
  [{ ...check, path: "/opt/x/../y" }],
  [{ ...check, path: "opt/x" }],
  [{ ...check, path: "/opt//x" }],
  [{ ...check, path: "/opt/x\n" }],
  [{ ...check, path: `/${"x".repeat(256)}` }],
  [{ ...check, kind: "command" }],
  [{ ...check, sha256: "ABC" }],
  [{ ...check, id: "Not a name" }],
  [{ ...check, command: "rm -rf /" }],
])("attack: %j makes the whole file unreadable, not one check less", (bad) => {
  expect(parse(bad)).toBeNull();
  expect(parse({ ...check, id: "other" }, bad)).toBeNull();
});

test("two checks of one name, too many, and garbage are refused", () => {
  expect(parse(check, check)).toBeNull();
  const many = Array.from({ length: 65 }, (_, index) => ({ ...check, id: `c${index}` }));
  expect(parse(...many)).toBeNull();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const checks = parseChecks(text);
      expect(checks === null || Array.isArray(checks)).toBe(true);
    }),
  );
});
