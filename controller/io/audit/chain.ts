/**
 * The chain of the decision log: each line holds the SHA-256 of the line before it, across files,
 * so that a change, a gap or another order shows. Truncation at the end does not show.
 */
import { createHash } from "node:crypto";
import { type Json, canonicalJson } from "#shared/base/canonical-json.ts";

/** Where the chain stands. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head before the first line. */
export const chainStart: ChainHead = { seq: 0, hash: "0".repeat(64) };

/** Returns the next line (without its LF) and the head after it. */
export function nextLine(head: ChainHead, content: { readonly [key: string]: Json | undefined }) {
  const seq = head.seq + 1;
  const line = canonicalJson({ ...content, seq, prev: head.hash });
  return { line, head: { seq, hash: hashOf(line) } };
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

function hashOf(line: string): string {
  return createHash("sha256").update(line).digest("hex");
}
