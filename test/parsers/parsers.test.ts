import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unknownReasons, type Reading } from "#shared/posture/fact.ts";
import { linuxSamples } from "./linux.ts";
import { macSamples } from "./mac.ts";
import { edrSamples } from "./products.ts";
import { never } from "./sample.ts";
import { windowsSamples } from "./windows.ts";

const samples = [...linuxSamples, ...edrSamples, ...macSamples, ...windowsSamples];

/** Words as other languages and newer versions might print them. */
const foreign = [
  "aktiviert",
  "désactivé",
  "включено",
  "有効",
  "YES!",
  "Enabled*",
  "-1",
  "1e9",
  "{}",
];

const garbage = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({ maxLength: 400 }),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString("utf8")),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc.json({ maxDepth: 4 }),
  fc.constantFrom("\0".repeat(1_000), "\n".repeat(5_000), "<".repeat(2_000), "[".repeat(2_000)),
  fc.constantFrom("__proto__", "constructor", '{"__proto__":{"a":1}}', "a".repeat(100_000)),
);

/** A recorded text after something went wrong: cut, doubled, spliced, translated, other line ends. */
function damaged(text: string): fc.Arbitrary<string> {
  const at = fc.nat({ max: text.length });
  return fc.oneof(
    at.map((end) => text.slice(0, end)),
    at.map((start) => text.slice(start)),
    fc.tuple(at, garbage).map(([place, noise]) => text.slice(0, place) + noise + text.slice(place)),
    fc
      .tuple(at, fc.nat({ max: 20 }))
      .map(([place, gone]) => text.slice(0, place) + text.slice(place + gone)),
    fc.constantFrom(...foreign).map((word) => text.replace(/[A-Za-z]{2,}/, word)),
    fc.constantFrom(...foreign).map((word) => text.replace(/\b(true|1|On|yes|enabled)\b/i, word)),
    fc.constantFrom(
      text.replaceAll("\n", "\r\n"),
      text + text,
      text.toUpperCase(),
      `\ufeff${text}`,
    ),
  );
}

function isReading(reading: Reading): boolean {
  return reading.kind !== "unknown" || unknownReasons.includes(reading.reason);
}

// `npm run test:parsers` makes 100,000 cases of this file.
describe.each(samples)("$name", ({ read, passes, good, bad, genuine }) => {
  test("the recorded shapes are told apart", () => {
    expect(passes(read(bad))).toBe(false);
    expect(isReading(read(good))).toBe(true);
    // Whose good text passes nobody would not notice to let everything through.
    expect(passes === never || passes(read(good))).toBe(true);
  });

  test("garbage never throws and never passes", () => {
    fc.assert(
      fc.property(garbage, (text) => {
        const reading = read(text);
        expect(isReading(reading)).toBe(true);
        expect(passes(reading) && genuine?.test(text) !== true).toBe(false);
      }),
    );
  });

  test("damaged output never throws", () => {
    fc.assert(
      fc.property(fc.oneof(damaged(good), damaged(bad)), (text) => {
        expect(isReading(read(text))).toBe(true);
      }),
    );
  });
});

test.each(samples.filter(({ delimited }) => delimited))(
  "bad news of $name that are cut off do not pass",
  ({ read, passes, bad }) => {
    fc.assert(
      fc.property(fc.nat({ max: bad.length }), (end) => {
        expect(passes(read(bad.slice(0, end)))).toBe(false);
      }),
    );
  },
);
