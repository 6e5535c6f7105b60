/** The organisation's own checks: exact paths and digests, no patterns, no commands. */
import type { Reading } from "#shared/posture/fact.ts";
import { asObject, member, textMember } from "./json-shape.ts";

/** A file that has to be there, or a program that has to run from there. */
export interface Check {
  readonly id: string;
  readonly kind: "file" | "process";
  readonly path: string;
  readonly sha256: string | null;
}

/** How one came out; null where it could not be carried out. */
export interface CheckResult {
  readonly id: string;
  readonly holds: boolean | null;
}

const checksMax = 64;
const idPattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const digestPattern = /^[0-9a-f]{64}$/;

/** Reads `{ "checks": [{ "id", "kind", "path", "sha256"? }] }`; null when any of it is not so. */
export function parseChecks(text: string): readonly Check[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const list = member(value, "checks");
  if (!Array.isArray(list) || list.length > checksMax) return null;
  const checks = list.map(checkOf);
  const sound = checks.filter((check) => check !== null);
  const ids = new Set(sound.map(({ id }) => id));
  return sound.length === checks.length && ids.size === checks.length ? sound : null;
}

function checkOf(value: unknown): Check | null {
  const object = asObject(value);
  const [id, kind, path] = ["id", "kind", "path"].map((name) => textMember(value, name));
  const sha256 = member(value, "sha256");
  const known = ["id", "kind", "path", "sha256"];
  if (object === null || !Object.keys(object).every((key) => known.includes(key))) return null;
  if (id === undefined || !idPattern.test(id) || path === undefined || !isExact(path)) return null;
  if (kind !== "file" && kind !== "process") return null;
  if (sha256 === undefined) return { id, kind, path, sha256: null };
  if (typeof sha256 !== "string" || !digestPattern.test(sha256)) return null;
  return { id, kind, path, sha256 };
}

/** An absolute path without patterns, detours or controls. */
function isExact(path: string): boolean {
  if (path.length > 256 || !path.startsWith("/") || path.endsWith("/")) return false;
  if (/[*?[\]{}\u0000-\u001f\u007f]/.test(path)) return false;
  return path
    .slice(1)
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== "..");
}

/** Readings of `checks.passed` and `checks.failed`. */
export interface CheckReadings {
  readonly passed: Reading;
  readonly failed: Reading;
}

/** Judges the results. */
export function judgeChecks(results: readonly CheckResult[]): CheckReadings {
  const named = (holds: boolean): Reading => ({
    kind: "known",
    value: results
      .filter((result) => result.holds === holds)
      .map(({ id }) => id)
      .sort(),
  });
  return { passed: named(true), failed: named(false) };
}
