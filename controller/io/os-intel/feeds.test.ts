import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  mergeBuilds,
  readCvrf,
  readEngine,
  readPmv,
  readSofa,
  readSofaEngines,
} from "./build-feeds.ts";
import { readEndOfLife } from "./end-of-life.ts";

const feed = (name: string) =>
  readFileSync(join(import.meta.dirname, "../../../test/fixtures/os-intel", name), "utf8");

test("macOS: both feeds together name each build once, with its first day", () => {
  expect(mergeBuilds([...readSofa(feed("sofa.json")), ...readPmv(feed("pmv.json"))])).toEqual([
    { line: "26", build: "26.0.1", releasedOn: "2026-09-29" },
    { line: "26", build: "26.1", releasedOn: "2026-11-03" },
    { line: "15", build: "15.7.2", releasedOn: "2026-11-03" },
  ]);
});

test("malware engines: XProtect's rules by SOFA, others by hand", () => {
  expect(readSofaEngines(feed("sofa.json"))).toEqual({
    xprotect: { version: "5357", releasedOn: "2026-11-12" },
  });
  expect(readSofaEngines("{}")).toEqual({});
  expect(readEngine("defender=1.1.25100.9@2026-11-11")).toEqual({
    defender: { version: "1.1.25100.9", releasedOn: "2026-11-11" },
  });
  for (const wrong of ["", "defender", "defender=1.1", "Defender=1.1@2026-11-11"]) {
    expect(() => readEngine(wrong)).toThrow(SyntaxError);
  }
});

test("macOS: a release without a day is refused, a response within a release is left out", () => {
  const text = (ProductVersion: string, ReleaseDate: string) => {
    const SecurityReleases = [{ ProductVersion, ReleaseDate }];
    return JSON.stringify({ OSVersions: [{ OSVersion: "x", SecurityReleases }] });
  };
  expect(() => readSofa(text("26.2", "December 3, 2026"))).toThrow("26.2 has no day");
  expect(readSofa(text("13.4.1 (c)", "2023-07-10T00:00:00Z"))).toEqual([]);
});

test("Windows: hotpatch revisions, Office builds and remediations without a build are left out", () => {
  expect(readCvrf(feed("cvrf.json"))).toEqual([
    { line: "26100", build: "10.0.26100.7171", releasedOn: "2026-11-11" },
  ]);
});

test("ends of support by build number; of two editions of one build the shorter decides", () => {
  expect(readEndOfLife("windows", feed("windows-v0.json"))).toEqual({
    "26200": "2027-10-12",
    "26100": "2026-10-13",
  });
});

test("the shorter of two editions decides in any order; an end without a day lies long ago", () => {
  const cycles = ["2026-10-13", "2027-10-12", true].map((eol, index) => ({
    cycle: `11-${index}`,
    eol,
    latest: eol === true ? "10.0.22000" : "10.0.26100",
  }));
  expect(readEndOfLife("windows", JSON.stringify(cycles))).toEqual({
    "26100": "2026-10-13",
    "22000": "2000-01-01",
  });
});

test("Debian's long-term support is served to everybody; Ubuntu's extended one is not", () => {
  expect(readEndOfLife("debian", feed("debian-v1.json"))).toEqual({
    "13": "2030-06-30",
    "12": "2028-06-30",
    "9": "2020-07-18",
  });
  expect(readEndOfLife("ubuntu", feed("debian-v1.json"))["12"]).toBe("2026-06-10");
});

test.each([
  ["", readSofa],
  ["[]", readPmv],
  ['{"Vulnerability":[]}', readCvrf],
  ["<html>", readCvrf],
])("a feed of another shape is refused: %j", (text, read) => {
  expect(() => read(text)).toThrow();
  expect(() => readEndOfLife("debian", text)).toThrow();
});
