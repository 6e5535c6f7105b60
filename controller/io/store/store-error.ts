/** Gives SQLite's failures their stable codes; what has none is a bug and says so. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { ErrorCode } from "#shared/base/errors.ts";
import { placeError } from "./place-error.ts";

const busy = new Set([5, 6]);
const full = new Set([13]);
/** No room for the index that threads share (SQLITE_IOERR_SHMSIZE). */
const sharedIndexFull = 4874;
/** Read-only, a failed write, cannot be opened: often the place's fault. */
const unwritable = new Set([8, 10, 14]);
const corrupt = new Set([11, 26]);
const constraint = new Set([19]);

/** A failure as it travels between threads. */
export interface StoreFailure {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

/** Returns the failure of anything thrown while `doing` something with `file`. */
export function storeFailure(error: unknown, doing: string, file: string): StoreFailure {
  if (error instanceof CodedError) return { code: error.code, params: error.params };
  const result = sqliteCode(error);
  const primary = result & 0xff;
  const why = error instanceof Error ? error.message : String(error);
  if (busy.has(primary)) return { code: "SP-801", params: { doing } };
  if (full.has(primary) || result === sharedIndexFull) return { code: "SP-404", params: { file } };
  const place = unwritable.has(primary) ? placeError(file) : null;
  if (place !== null) return place;
  if (corrupt.has(primary)) return { code: "SP-805", params: { file, why } };
  if (constraint.has(primary)) {
    // The message of SQLite names tables and columns, which are nobody else's business.
    return { code: "SP-705", params: { why: "another entry has the same name or key" } };
  }
  return { code: "SP-901", params: { why: `${doing}: ${why}` } };
}

function sqliteCode(error: unknown): number {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode : 0;
}
