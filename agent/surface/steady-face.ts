/** The face that is shown: what is only passing is not worth a flicker of the icon. */
import type { Face, FaceKind } from "./face.ts";

/** A face and since when, by the monotonic clock, the agent connects; null where it does not. */
export interface Shown {
  readonly face: Face;
  readonly connectingMs: number | null;
}

const passingMs = 2_000;
/** What says that something flows is not held on to for a moment. */
const promising: ReadonlySet<FaceKind> = new Set(["protected", "partly"]);

/** Returns what to show now, and in how many ms another face follows by itself; null where none does. */
export function steadyFace(
  before: Shown | null,
  face: Face,
  nowMs: number,
): { readonly shown: Shown; readonly changesInMs: number | null } {
  if (face.kind !== "connecting") return { shown: { face, connectingMs: null }, changesInMs: null };
  const connectingMs = before?.connectingMs ?? nowMs;
  const leftMs = connectingMs + passingMs - nowMs;
  if (before === null || promising.has(before.face.kind) || leftMs <= 0) {
    return { shown: { face, connectingMs }, changesInMs: null };
  }
  return { shown: { face: before.face, connectingMs }, changesInMs: leftMs };
}
