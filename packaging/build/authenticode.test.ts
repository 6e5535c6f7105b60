import { expect, test } from "vitest";
import { withoutSignature } from "./authenticode.ts";

const header = 128;
const optional = header + 24;
const signatureEntry = optional + 144;

/** A program of 1,000 bytes with a signature of 200 behind it. */
function signedProgram(): Buffer {
  const program = Buffer.alloc(1_200, 7);
  program.write("MZ", 0, "latin1");
  program.writeUInt32LE(header, 60);
  program.write("PE\0\0", header, "latin1");
  program.writeUInt16LE(0x20b, optional);
  program.writeUInt32LE(1_000, signatureEntry);
  program.writeUInt32LE(200, signatureEntry + 4);
  return program;
}

test("a program loses its signature, what names it and its sum, and nothing else", () => {
  const signed = signedProgram();
  const wanted = Buffer.from(signed.subarray(0, 1_000));
  wanted.fill(0, signatureEntry, signatureEntry + 8);
  wanted.fill(0, optional + 64, optional + 68);
  const bare = withoutSignature(signed);
  expect(bare).toEqual(wanted);
  expect(withoutSignature(bare)).toEqual(wanted);
});

test("a program that was changed after it was signed is refused, and so is what is none", () => {
  const grown = Buffer.concat([signedProgram(), Buffer.from("more")]);
  expect(() => withoutSignature(grown)).toThrow("not at the program's end");
  const narrow = signedProgram();
  narrow.writeUInt16LE(0x10b, optional);
  for (const other of [narrow, Buffer.from("#!/bin/sh\n"), Buffer.alloc(0)]) {
    expect(() => withoutSignature(other)).toThrow("not a 64-bit program");
  }
});
