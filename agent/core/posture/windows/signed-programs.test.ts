import fc from "fast-check";
import { expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { BesideProbe } from "#shared/posture/edr-product.ts";
import { vouchedProgram } from "./signed-programs.ts";

const probes = edrCatalogue.flatMap(({ os, health }) =>
  os === "windows" && health?.kind === "beside" ? [health] : [],
);
const sentinel = probes.find(({ service }) => service === "SentinelAgent") as BesideProbe;
const path = "C:\\Program Files\\SentinelOne\\Sentinel Agent 22.2.3.402\\SentinelCtl.exe";
const subject =
  'CN="SentinelOne, Inc.", O="SentinelOne, Inc.", L=Mountain View, S=California, C=US';
const signed = (change: object = {}) => [
  { Service: "sentinelagent", Path: path, Status: 0, Subject: subject, ...change },
];

test("a program beside its service is run when its vendor's signature holds", () => {
  expect(vouchedProgram(signed(), sentinel)).toBe(path);
});

test.each([
  ["a signature that does not hold", { Status: 3 }],
  ["no signature at all", { Status: 2, Subject: null }],
  ["a missing status", { Status: null }],
  ["another's signature", { Subject: "CN=Eve, O=Eve Ltd, C=US" }],
  ["a name that quotes the vendor's", { Subject: 'CN="x, O=SentinelOne, Inc.", O=Eve Ltd' }],
  ["two organisations", { Subject: `${subject}, O=Eve Ltd` }],
  ["a subject that is cut", { Subject: 'CN="SentinelOne, Inc.' }],
  ["a folder that anybody may write to", { Path: "C:\\Users\\eve\\SentinelCtl.exe" }],
  ["a way out of the folder", { Path: path.replace("Sentinel Agent", "..\\..\\Users\\eve") }],
  ["another program", { Path: path.replace("SentinelCtl", "cmd") }],
  ["another service", { Service: "Spooler" }],
])("attack: %s, and the program is not run", (_, change) => {
  expect(vouchedProgram(signed(change), sentinel)).toBeNull();
});

test("attack: two services of one name, and neither is believed", () => {
  expect(vouchedProgram([...signed(), ...signed()], sentinel)).toBeNull();
});

test("each probe of Windows names publishers, and a program without any folder", () => {
  expect(probes.map(({ service }) => service).sort()).toEqual([
    "CbDefense",
    "Elastic Agent",
    "SentinelAgent",
    "cyserver",
    "ekrn",
  ]);
  for (const { program, publishers } of probes) {
    expect(program).toMatch(/^[A-Za-z-]+\.exe$/);
    expect(publishers.length).toBeGreaterThan(0);
  }
});

test("garbage vouches for nothing", () => {
  fc.assert(
    fc.property(fc.anything(), (answer) => {
      expect(vouchedProgram(answer, sentinel)).toBeNull();
    }),
  );
});
