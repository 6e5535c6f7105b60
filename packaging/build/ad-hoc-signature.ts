/**
 * An ad-hoc signature for a 64-bit Mach-O file: the digests of its pages and no identity. Apple's
 * processors start nothing without one; Gatekeeper and device management ask for more (a Developer ID).
 */
import { createHash } from "node:crypto";

const segmentCommand = 0x19;
const signatureCommand = 0x1d;
const signatureCommandBytes = 16;
const headerBytes = 32;
const pageBytes = 4096;
/** Apple's processors map 16 KiB at a time. */
const mappedBytes = 16_384;
const digestBytes = 32;
const directoryHeaderBytes = 88;
const superBlobHeaderBytes = 20;

interface Layout {
  readonly linkEdit: number;
  readonly text: { readonly offset: bigint; readonly bytes: bigint };
  /** Where a signature's command is, or is to be. */
  readonly command: number;
  /** Where the code ends and the signature begins. */
  readonly codeBytes: number;
  readonly isNew: boolean;
}

/** Returns the file with a signature under a name; a former signature goes. Throws for other files. */
export function signAdHoc(file: Buffer, name: string): Buffer {
  if (file.length < headerBytes || file.readUInt32LE(0) !== 0xfeedfacf) {
    throw new Error("not a 64-bit Mach-O file");
  }
  const layout = layoutOf(file);
  const signatureBytes = signatureLength(layout.codeBytes, name);
  const signed = Buffer.alloc(layout.codeBytes + signatureBytes);
  file.copy(signed, 0, 0, Math.min(file.length, layout.codeBytes));
  if (layout.isNew) {
    signed.writeUInt32LE(file.readUInt32LE(16) + 1, 16);
    signed.writeUInt32LE(file.readUInt32LE(20) + signatureCommandBytes, 20);
  }
  signed.writeUInt32LE(signatureCommand, layout.command);
  signed.writeUInt32LE(signatureCommandBytes, layout.command + 4);
  signed.writeUInt32LE(layout.codeBytes, layout.command + 8);
  signed.writeUInt32LE(signatureBytes, layout.command + 12);
  const inFile = BigInt(signed.length) - file.readBigUInt64LE(layout.linkEdit + 40);
  const mapped = BigInt(Math.ceil(Number(inFile) / mappedBytes) * mappedBytes);
  signed.writeBigUInt64LE(mapped, layout.linkEdit + 32);
  signed.writeBigUInt64LE(inFile, layout.linkEdit + 48);
  signatureOf(signed.subarray(0, layout.codeBytes), name, layout.text).copy(
    signed,
    layout.codeBytes,
  );
  return signed;
}

function layoutOf(file: Buffer): Layout {
  const end = headerBytes + file.readUInt32LE(20);
  let linkEdit = -1;
  let former: { command: number; codeBytes: number } | undefined;
  let text = { offset: 0n, bytes: 0n };
  let firstContent = file.length;
  for (let at = headerBytes; at < end; at += file.readUInt32LE(at + 4)) {
    const kind = file.readUInt32LE(at);
    if (kind === signatureCommand) former = { command: at, codeBytes: file.readUInt32LE(at + 8) };
    if (kind !== segmentCommand) continue;
    const segment = file.toString("latin1", at + 8, at + 24).replace(/\0+$/, "");
    if (segment === "__LINKEDIT") linkEdit = at;
    if (segment !== "__TEXT") continue;
    text = { offset: file.readBigUInt64LE(at + 40), bytes: file.readBigUInt64LE(at + 48) };
    const sections = file.readUInt32LE(at + 64);
    for (let index = 0; index < sections; index += 1) {
      firstContent = Math.min(firstContent, file.readUInt32LE(at + 72 + index * 80 + 48));
    }
  }
  if (linkEdit < 0) throw new Error("the Mach-O file has no __LINKEDIT");
  if (former !== undefined) return { linkEdit, text, ...former, isNew: false };
  if (end + signatureCommandBytes > firstContent) {
    throw new Error("the Mach-O file has no room for a signature's command");
  }
  const codeBytes = Math.ceil(file.length / 16) * 16;
  return { linkEdit, text, command: end, codeBytes, isNew: true };
}

function signatureLength(codeBytes: number, name: string): number {
  const pages = Math.ceil(codeBytes / pageBytes);
  return superBlobHeaderBytes + directoryHeaderBytes + name.length + 1 + pages * digestBytes;
}

/** A super blob (big endian) with one code directory of version 0x20400. */
function signatureOf(code: Buffer, name: string, text: Layout["text"]): Buffer {
  const bytes = signatureLength(code.length, name);
  const blob = Buffer.alloc(bytes);
  for (const [index, word] of [0xfade0cc0, bytes, 1, 0, superBlobHeaderBytes].entries()) {
    blob.writeUInt32BE(word, index * 4);
  }
  const directory = blob.subarray(superBlobHeaderBytes);
  const digestsAt = directoryHeaderBytes + name.length + 1;
  const pages = Math.ceil(code.length / pageBytes);
  const adHoc = 0x2;
  const words = [
    0xfade0c02,
    directory.length,
    0x20400,
    adHoc,
    digestsAt,
    directoryHeaderBytes,
    0,
    pages,
    code.length,
  ];
  for (const [index, word] of words.entries()) directory.writeUInt32BE(word, index * 4);
  directory.writeUInt8(digestBytes, 36);
  directory.writeUInt8(2, 37); // SHA-256
  directory.writeUInt8(Math.log2(pageBytes), 39);
  directory.writeBigUInt64BE(text.offset, 64);
  directory.writeBigUInt64BE(text.bytes, 72);
  directory.writeBigUInt64BE(1n, 80); // a main program
  directory.write(name, directoryHeaderBytes, "latin1");
  for (let page = 0; page < pages; page += 1) {
    const content = code.subarray(page * pageBytes, (page + 1) * pageBytes);
    createHash("sha256")
      .update(content)
      .digest()
      .copy(directory, digestsAt + page * digestBytes);
  }
  return blob;
}
