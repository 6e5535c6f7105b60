/**
 * The chain of the decision log: each line holds the SHA-256 of the line before it, across files,
 * so that a change, a gap or another order shows. Truncation at the end does not show.
 */
import { createHash } from "node:crypto";

/** Where the chain stands. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head before the first line. */
export const chainStart: ChainHead = { seq: 0, hash: "0".repeat(64) };

/** What a line holds beside its place; `body` is canonical JSON. */
export interface LineContent {
  readonly at: number;
  readonly kind: string;
  readonly body: string;
}

/** Returns the next line (without its LF) and the head after it. */
export function nextLine(head: ChainHead, content: LineContent) {
  const seq = head.seq + 1;
  const { at, body, kind } = content;
  // Canonical JSON (RFC 8785) as a whole, since the body is and the members stand in their order.
  const line = `{"at":${at},"body":${body},"kind":"${kind}","prev":"${head.hash}","seq":${seq}}`;
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
