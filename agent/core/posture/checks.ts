/** The organisation's own checks: exact paths and digests, no patterns, no commands. */
import type { Reading } from "#shared/posture/fact.ts";

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

/** An absolute path without patterns, detours or controls. */
export function isExact(path: string): boolean {
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
