/** Windows' own signatures of programs. */

const optionalHeaderOffset = 24;
const wideMagic = 0x20b;
/** Places in the optional header of a 64-bit program. */
const checksumOffset = 64;
const signatureEntryOffset = 144;

/**
 * Returns a 64-bit program of Windows without its signature, which has to stand at its end. Whatever is
 * added to a signed program leaves a signature that does not hold, and reads as tampering.
 */
export function withoutSignature(program: Buffer): Buffer {
  const header = program.length < 64 ? 0 : program.readUInt32LE(60);
  const optional = header + optionalHeaderOffset;
  if (
    program.toString("latin1", 0, 2) !== "MZ" ||
    program.toString("latin1", header, header + 4) !== "PE\0\0" ||
    program.readUInt16LE(optional) !== wideMagic
  ) {
    throw new Error("not a 64-bit program of Windows");
  }
  const entry = optional + signatureEntryOffset;
  const at = program.readUInt32LE(entry);
  const bytes = program.readUInt32LE(entry + 4);
  if (bytes === 0) return program;
  if (at + bytes !== program.length) throw new Error("the signature is not at the program's end");
  const bare = Buffer.from(program.subarray(0, at));
  bare.fill(0, entry, entry + 8);
  // No sum at all is what linkers leave; only drivers need one.
  bare.writeUInt32LE(0, optional + checksumOffset);
  return bare;
}
