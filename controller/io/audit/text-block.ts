/**
 * Text under way to a file, as the bytes that it will be: what is put behind each other here is
 * neither joined nor copied again, which for small records costs more than making them.
 */

/** Bytes that grow; the first `length` of them count. */
export interface TextBlock {
  bytes: Buffer;
  length: number;
}

const firstBytes = 65_536;
/** A block that one burst made larger is not kept so. */
const keptBytesMax = 4_194_304;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const unitBytesMax = 3;
const integerDigitsMax = 16;
const half = 1e8;
const [quote, backslash, zero] = [0x22, 0x5c, 0x30];

/** Returns an empty block. */
export function makeTextBlock(): TextBlock {
  return { bytes: Buffer.allocUnsafe(firstBytes), length: 0 };
}

/** Empties a block for the next text; what was put into it is gone. */
export function emptyBlock(block: TextBlock): void {
  block.length = 0;
  if (block.bytes.length > keptBytesMax) block.bytes = Buffer.allocUnsafe(firstBytes);
}

/** Returns the bytes from a place on; they last until the block is emptied or grows. */
export function bytesFrom(block: TextBlock, start: number): Buffer {
  return block.bytes.subarray(start, block.length);
}

/** Puts one byte. */
export function putByte(block: TextBlock, byte: number): void {
  makeRoom(block, 1);
  block.bytes[block.length++] = byte;
}

/** Puts bytes that were made before. */
export function putBytes(block: TextBlock, bytes: Uint8Array): void {
  makeRoom(block, bytes.length);
  block.bytes.set(bytes, block.length);
  block.length += bytes.length;
}

/** Puts text that is known to be ASCII without anything to escape: ids, digests. */
export function putAscii(block: TextBlock, text: string): void {
  makeRoom(block, text.length);
  block.length += block.bytes.write(text, block.length, "latin1");
}

/** Puts any text as it is. */
export function putText(block: TextBlock, text: string): void {
  makeRoom(block, text.length * unitBytesMax);
  block.length += block.bytes.write(text, block.length, "utf8");
}

/** Puts a JSON string. Nearly all are names with nothing to escape, looked at while they are copied. */
export function putQuoted(block: TextBlock, text: string): void {
  makeRoom(block, text.length + 2);
  const { bytes } = block;
  let at = block.length;
  bytes[at++] = quote;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit > 0x7e || unit === quote || unit === backslash) {
      return putText(block, JSON.stringify(text));
    }
    bytes[at++] = unit;
  }
  bytes[at++] = quote;
  block.length = at;
}

/** Puts a number as JSON writes it; throws for one that JSON has no text for. */
export function putNumber(block: TextBlock, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    if (!Number.isFinite(value)) throw new Error(`JSON has no number \`${value}\``);
    return putAscii(block, JSON.stringify(value));
  }
  makeRoom(block, integerDigitsMax);
  const high = Math.floor(value / half);
  if (high > 0) block.length = putDigits(block, high, digitsOf(high));
  block.length = putDigits(block, value - high * half, high > 0 ? 8 : digitsOf(value));
}

/** Halves of a safe integer fit into 32 bits, where a division is cheap. */
function putDigits({ bytes, length }: TextBlock, value: number, digits: number): number {
  let rest = value | 0;
  for (let at = length + digits - 1; at >= length; at--) {
    const tenth = (rest / 10) | 0;
    bytes[at] = zero + rest - tenth * 10;
    rest = tenth;
  }
  return length + digits;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits += 1;
  return digits;
}

function makeRoom(block: TextBlock, count: number): void {
  const needed = block.length + count;
  if (needed <= block.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(needed, block.bytes.length * 2));
  grown.set(block.bytes.subarray(0, block.length));
  block.bytes = grown;
}
