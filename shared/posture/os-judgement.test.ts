import fc from "fast-check";
import { expect, test } from "vitest";
import type { OsIntelBundle } from "../protocol/os-intel.ts";
import { osIntel } from "./os-intel.ts";
import { judgeOs } from "./os-judgement.ts";

const known = (value: unknown) => ({ kind: "known", value });
const nowAt = Date.UTC(2026, 10, 22, 12);
const bundle: OsIntelBundle = {
  schema: "sallyport.os-intel/1",
  sequence: 3,
  issuedAt: nowAt - 86_400_000,
  expiresAt: nowAt + 86_400_000,
  support: {
    ...osIntel,
    rolling: [...osIntel.rolling],
    products: { macos: { "14": "2026-09-14" } },
  },
  builds: {
    macos: [
      { line: "26", build: "26.1", releasedOn: "2026-11-03" },
      { line: "26", build: "26.10", releasedOn: "2026-11-20" },
      { line: "15", build: "15.7.2", releasedOn: "2026-11-03" },
    ],
    windows: [
      { line: "26100", build: "10.0.26100.6899", releasedOn: "2026-10-14" },
      { line: "26100", build: "10.0.26100.7171", releasedOn: "2026-11-11" },
    ],
  },
};
const judge = (product: string, version: string, at = nowAt) =>
  judgeOs(bundle, { product, version }, at);

test("builds compare by number within their own line: 26.9 is older than 26.10", () => {
  expect(judge("macos", "26.9")).toMatchObject({
    "os.builds_behind": known(1),
    "os.missing_build_days": known(2),
  });
  expect(judge("macos", "26.0.1")["os.missing_build_days"]).toEqual(known(19));
  expect(judge("macos", "26.10")["os.builds_behind"]).toEqual(known(0));
  expect(judge("macos", "15.7.2")["os.builds_behind"]).toEqual(known(0));
});

test("a Windows revision that is missing counts from the day it was first published", () => {
  expect(judge("windows", "10.0.26100.4061")).toMatchObject({
    "os.builds_behind": known(2),
    "os.missing_build_days": known(39),
  });
  expect(judge("windows", "10.0.99999.1")["os.builds_behind"]).toEqual({
    kind: "unknown",
    reason: "no_data",
  });
});

test("of a day gone by, what came out later was not missing", () => {
  const then = Date.UTC(2026, 10, 19, 12);
  expect(judge("macos", "26.0.1", then)).toMatchObject({
    "os.builds_behind": known(1),
    "os.missing_build_days": known(16),
  });
  expect(judge("macos", "26.1", then)["os.builds_behind"]).toEqual(known(0));
});

test("an ended bundle does not know the latest build; ends of support stay true", () => {
  const later = judge("macos", "14.8", bundle.expiresAt);
  expect(later["os.builds_behind"]).toEqual({ kind: "unknown", reason: "stale_source" });
  expect(later["os.supported"]).toEqual(known(false));
  expect(later["os.support_days_left"]).toEqual(known(-70));
});

test("Apple names no end: its three newest lines are supported while the bundle holds, older ones unknown", () => {
  const builds = [27, 26, 15, 14].map((line) => ({
    line: `${line}`,
    build: `${line}.1`,
    releasedOn: "2026-11-03",
  }));
  const supported = (version: string, at = nowAt) =>
    judgeOs(
      { ...bundle, builds: { macos: builds }, support: { ...bundle.support, products: {} } },
      { product: "macos", version },
      at,
    )["os.supported"];
  expect(["27.1", "26.0", "15.7.2"].map((version) => supported(version))).toEqual(
    Array(3).fill(known(true)),
  );
  expect(["14.8", "28.0"].map((version) => supported(version))).toEqual([undefined, undefined]);
  expect(supported("27.1", bundle.expiresAt)).toBeUndefined();
  expect(judge("macos", "14.8")["os.supported"]).toEqual(known(false));
  expect(judge("windows", "10.0.26100.4061")["os.supported"]).toBeUndefined();
});

test("Linux builds are the distribution's own matter; what the bundle does not know is left alone", () => {
  expect(judge("debian", "12")).toEqual({});
  expect(judge("constructor", "1")).toEqual({});
});

test("whatever a device reports, nothing is thrown and nothing passes", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: "binary" }), (product, version) => {
      const judged = judge(product, version);
      expect(
        product === "arch" ? known(false) : (judged["os.supported"] ?? known(false)),
      ).not.toEqual(known(true));
    }),
  );
});
