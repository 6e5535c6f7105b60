import { expect, test } from "vitest";
import fc from "fast-check";
import { readFrame } from "./frame.ts";

test("a message of the protocol is read and unknown fields are stripped", () => {
  expect(readFrame('{"kind":"bye","reason":"stop","more":1}')).toEqual({
    kind: "message",
    message: { kind: "bye", reason: "stop" },
  });
});

test("an unknown kind is told apart from a malformed message", () => {
  expect(readFrame('{"kind":"teleport"}').kind).toBe("unknownKind");
  for (const text of ["", "[", "null", "[]", '{"kind":7}', '{"kind":"bye"}', '"bye"']) {
    expect(readFrame(text).kind).toBe("malformed");
  }
});

test("no text makes the reader throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(["message", "unknownKind", "malformed"]).toContain(readFrame(text).kind);
    }),
  );
});

test("a prototype smuggled in by name changes nothing", () => {
  expect(readFrame('{"__proto__":{"kind":"bye"},"reason":"x"}').kind).toBe("malformed");
});
