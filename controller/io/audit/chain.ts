/**
 * The chain of the decision log: each line holds the SHA-256 of the line before it, across files,
 * so that a change, a gap or another order shows. Truncation at the end does not show.
 */
import { hash } from "node:crypto";
import { bytesFrom, putAscii, putByte, putNumber, type TextBlock } from "./text-block.ts";

/** Where the chain stands. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head before the first line. */
export const chainStart: ChainHead = { seq: 0, hash: "0".repeat(64) };

const [lineFeed, closingBrace] = [0x0a, 0x7d];

/** Begins a line; its body, canonical JSON, is put next. Returns where the line starts. */
export function startLine(block: TextBlock, at: number): number {
  const start = block.length;
  putAscii(block, '{"at":');
  putNumber(block, at);
  putAscii(block, ',"body":');
  return start;
}

/** Where a line began, after which head, and what kind of entry it holds. */
export interface LineEnd {
  readonly start: number;
  readonly head: ChainHead;
  readonly kind: string;
}

/**
 * Ends a line behind its body and returns the head after it. The line is canonical JSON (RFC 8785)
 * as a whole, since the body is and the members stand in their order.
 */
export function endLine(block: TextBlock, { start, head, kind }: LineEnd): ChainHead {
  const seq = head.seq + 1;
  putAscii(block, ',"kind":"');
  putAscii(block, kind);
  putAscii(block, '","prev":"');
  putAscii(block, head.hash);
  putAscii(block, '","seq":');
  putNumber(block, seq);
  putByte(block, closingBrace);
  const after = { seq, hash: hashOf(bytesFrom(block, start)) };
  putByte(block, lineFeed);
  return after;
}

/** Returns the head after a line that was read, or null where it does not follow. */
export function followLine(head: ChainHead | null, line: string): ChainHead | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  const { seq, prev } = (parsed ?? {}) as { seq?: unknown; prev?: unknown };
  if (typeof seq !== "number" || typeof prev !== "string") return null;
  const follows = head === null || (seq === head.seq + 1 && prev === head.hash);
  return follows ? { seq, hash: hashOf(line) } : null;
}

function hashOf(line: string | Uint8Array): string {
  return hash("sha256", line, "hex");
}
