import fc from "fast-check";
import { expect, test } from "vitest";
import { catalogue, entryOf } from "./catalogue.ts";
import { conformReading } from "./conform.ts";
import type { Reading, SignalValue } from "./fact.ts";

const known = (value: SignalValue): Reading => ({ kind: "known", value });
const parse: Reading = { kind: "unknown", reason: "parse" };

test.each<[string, SignalValue, boolean]>([
  ["firewall.enabled", true, true],
  ["firewall.enabled", "true", false],
  ["firewall.enabled", 1, false],
  ["os.security_updates", 0, true],
  ["os.security_updates", -1, false],
  ["os.security_updates", 1.5, false],
  ["os.version", "10.0.26100.4061", true],
  ["os.version", "12", true],
  ["os.version", "1.2.3-rc.1+b2", true],
  ["os.version", "twelve", false],
  ["os.version", "12\n", false],
])("%s = %j is held to its type", (signal, value, good) => {
  const entry = entryOf(signal);
  if (entry === undefined) throw new Error("no entry");
  expect(conformReading(entry, known(value))).toEqual(good ? known(value) : parse);
});

test("any value is either kept as it is or turned into unknown(parse)", () => {
  const value = fc.oneof(fc.boolean(), fc.double(), fc.string(), fc.array(fc.string()));
  fc.assert(
    fc.property(fc.constantFrom(...catalogue), value, (entry, made) => {
      const reading = conformReading(entry, known(made));
      if (reading.kind === "known") expect(reading.value).toBe(made);
      else expect(reading).toEqual(parse);
    }),
  );
});
