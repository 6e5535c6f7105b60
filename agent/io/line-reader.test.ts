import fc from "fast-check";
import { expect, test } from "vitest";
import { LineReader } from "./line-reader.ts";

test("gives the same lines wherever the bytes are cut, and keeps an unfinished one", () => {
  const line = fc
    .string({ unit: "grapheme", maxLength: 20 })
    .map((text) => text.replace(/\n/g, ""));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      line,
      fc.array(fc.nat(60)),
      (lines, rest, cuts) => {
        const bytes = Buffer.from([...lines, rest].join("\n"));
        const got: string[] = [];
        const reader = new LineReader(1_000, (text) => got.push(text));
        let from = 0;
        for (const cut of [...cuts.toSorted((left, right) => left - right), bytes.length]) {
          const to = Math.max(from, Math.min(cut, bytes.length));
          expect(reader.push(bytes.subarray(from, to))).toBe(true);
          from = to;
        }
        expect(got).toEqual(lines);
      },
    ),
  );
});

test("refuses a line over the limit before it has ended", () => {
  const reader = new LineReader(4, () => expect.fail("no line"));
  expect(reader.push(Buffer.from("1234"))).toBe(true);
  expect(reader.push(Buffer.from("5"))).toBe(false);
});

test("hands out nothing after it was stopped, not even what had come", () => {
  const got: string[] = [];
  const reader = new LineReader(100, (text) => {
    got.push(text);
    reader.stop();
  });
  reader.push(Buffer.from("a\nb\nc\n"));
  expect(got).toEqual(["a"]);
});
