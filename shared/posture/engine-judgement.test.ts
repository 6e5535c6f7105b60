import fc from "fast-check";
import { expect, test } from "vitest";
import type { OsIntelBundle } from "../protocol/os-intel.ts";
import { judgeEngines } from "./engine-judgement.ts";
import { osIntel } from "./os-intel.ts";

const dayMs = 86_400_000;
const now = Date.parse("2026-11-22T12:00:00Z");
const bundle: OsIntelBundle = {
  schema: "sallyport.os-intel/1",
  sequence: 1,
  issuedAt: now - dayMs,
  expiresAt: now + dayMs,
  support: { ...osIntel, rolling: [] },
  builds: {},
  engines: {
    xprotect: { version: "5357", releasedOn: "2026-11-12" },
    defender: { version: "1.1.25100.9", releasedOn: "2026-11-20" },
  },
};
const known = (value: number) => ({ kind: "known", value });

test.each([
  [["xprotect 5357", "defender 1.1.25100.9"], known(0)],
  [["xprotect 5400"], known(0)],
  [["xprotect 5356"], known(10)],
  [["defender 1.1.25090.3000"], known(2)],
  [["xprotect 5356", "defender 1.1.25090.3000"], known(10)],
  [["xprotect 5357", "clamav 0.1"], known(0)],
  [["clamav 1.4.6"], { kind: "unknown", reason: "no_data" }],
  [["constructor 1"], { kind: "unknown", reason: "no_data" }],
  [["xprotect newest"], { kind: "unknown", reason: "no_data" }],
  [[], { kind: "unknown", reason: "no_data" }],
])("%j lacks %j", (engines, reading) => {
  expect(judgeEngines(bundle, engines, now)).toEqual(reading);
});

test("a bundle past its end, or without engines, proves nothing", () => {
  const ended = judgeEngines({ ...bundle, expiresAt: now }, ["xprotect 5357"], now);
  expect(ended).toEqual({ kind: "unknown", reason: "stale_source" });
  const silent = judgeEngines({ ...bundle, engines: undefined }, ["xprotect 5357"], now);
  expect(silent).toEqual({ kind: "unknown", reason: "no_data" });
});

test("whatever a device calls its engines, it is a number of days or unknown", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (engines) => {
      const reading = judgeEngines(bundle, engines, now);
      return reading.kind === "unknown" || Number(reading.kind === "known" && reading.value) >= 0;
    }),
  );
});
