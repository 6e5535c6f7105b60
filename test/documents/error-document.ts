import type { ErrorEntry } from "#shared/base/error-entry.ts";
import { errorTable } from "#shared/base/errors.ts";

/** Returns `docs/errors.md`: the error table for people, in the order of the codes. */
export function errorDocument(): string {
  const rows = Object.entries<ErrorEntry>(errorTable)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, entry]) => `| ${code} | ${entry.title} | ${entry.detail} | ${entry.fix} |`);
  return [
    "# Errors",
    "",
    "Made from `shared/base/errors.ts` by `npm run docs`; a test keeps both equal.",
    "Codes never change their meaning. 1xx enrolment · 2xx link and certificates · 3xx posture and state · 4xx tunnel and netd ·",
    "5xx grants and gateway · 6xx policy documents · 7xx sign-in, roles, API · 8xx store and audit · 9xx bugs.",
    "",
    "| Code | What | Detail | What to do |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
