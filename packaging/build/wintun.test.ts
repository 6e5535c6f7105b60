import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Format, NtExecutable, NtExecutableResource, Resource } from "resedit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readWintun } from "./wintun.ts";

const names = [
  "WintunAllocateSendPacket",
  "WintunCloseAdapter",
  "WintunCreateAdapter",
  "WintunEndSession",
  "WintunGetAdapterLUID",
  "WintunGetReadWaitEvent",
  "WintunGetRunningDriverVersion",
  "WintunOpenAdapter",
  "WintunReceivePacket",
  "WintunReleaseReceivePacket",
  "WintunSendPacket",
  "WintunStartSession",
];

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-wintun-"));
  file = join(folder, "wintun/bin/amd64/wintun.dll");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(join(folder, "wintun/LICENSE.txt"), "Prebuilt Binaries License");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A library that exports names, with something where a signature stands. */
function library(exported: readonly string[], { machine = 0x8664, signed = true } = {}): Buffer {
  const made = NtExecutable.createEmpty(false, true);
  made.newHeader.fileHeader.machine = machine;
  const entry = Format.ImageDirectoryEntry.Export;
  const address = 0x1000;
  made.setSectionByEntry(entry, {
    info: {
      name: ".edata",
      virtualSize: 0x1000,
      virtualAddress: address,
      sizeOfRawData: 0x1000,
      pointerToRawData: 0,
      pointerToRelocations: 0,
      pointerToLineNumbers: 0,
      numberOfRelocations: 0,
      numberOfLineNumbers: 0,
      characteristics: 0x4000_0040,
    },
    data: new Uint8Array(exportTable(exported, address)).buffer,
  });
  // What is read has resources behind everything else.
  const resources = NtExecutableResource.from(made);
  const version = Resource.VersionInfo.create(1033, {}, []);
  version.setFileVersion("0.14.1.0", 1033);
  version.outputToResourceEntries(resources.entries);
  resources.outputResource(made);
  const bytes = Buffer.from(made.generate());
  if (signed) {
    const header = bytes.readUInt32LE(60) + 24;
    bytes.writeUInt32LE(bytes.length, header + 144);
    bytes.writeUInt32LE(8, header + 148);
  }
  return Buffer.concat([bytes, Buffer.alloc(8, 7)]);
}

function exportTable(exported: readonly string[], address: number): Buffer {
  const table = Buffer.alloc(0x1000);
  table.writeUInt32LE(exported.length, 24);
  table.writeUInt32LE(address + 40, 32);
  let at = 40 + exported.length * 4;
  exported.forEach((name, index) => {
    table.writeUInt32LE(address + at, 40 + index * 4);
    at += table.write(`${name}\0`, at, "latin1");
  });
  return table;
}

test("a library as it is published is taken with its licence and version", () => {
  writeFileSync(file, library(names));
  expect(readWintun(file)).toEqual({
    file,
    licence: join(folder, "wintun/LICENSE.txt"),
    version: "0.14.1",
  });
});

test.each<readonly [string, () => Buffer, RegExp]>([
  ["a text", () => Buffer.from("not a library"), /no library of Windows for amd64/],
  ["nothing", () => Buffer.alloc(0), /no library of Windows for amd64/],
  [
    "a library for arm64",
    () => library(names, { machine: 0xaa64 }),
    /no library of Windows for amd/,
  ],
  ["another library", () => library(["DllMain"]), /not wintun.dll: no WintunAllocateSendPacket, /],
  ["one that lacks a function", () => library(names.slice(1)), /no WintunAllocateSendPacket$/],
  ["one that was stripped", () => library(names, { signed: false }), /lost its signature/],
  ["far too much", () => Buffer.alloc((16 << 20) + 1), /too large/],
])("%s is refused with the reason", (_what, bytes, reason) => {
  writeFileSync(file, bytes());
  expect(() => readWintun(file)).toThrow(reason);
});

test("a library whose table of names leads outside of it is refused and reads nothing", () => {
  const broken = library(names);
  const at = broken.indexOf(Buffer.from("WintunAllocateSendPacket"));
  const table = at - 40 - names.length * 4;
  broken.writeUInt32LE(0xffff_fff0, table + 32);
  writeFileSync(file, broken);
  expect(() => readWintun(file)).toThrow(/not wintun.dll/);
});

test("without its licence it is not passed on", () => {
  const alone = join(folder, "wintun.dll");
  writeFileSync(alone, library(names));
  expect(() => readWintun(alone)).toThrow(/needs its LICENSE.txt/);
});
