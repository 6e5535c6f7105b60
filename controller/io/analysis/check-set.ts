/** Judges documents while somebody writes them: errors, doubts, and how their own tests go. */
import { lintPolicies } from "#shared/policy/analysis/lint.ts";
import type { LintOptions } from "#shared/policy/analysis/lint-options.ts";
import { runPolicyTests } from "#shared/policy/analysis/policy-tests.ts";
import type { PolicyCheck } from "#shared/protocol/api/policy.ts";
import { compileSet, type DocumentFile, type HeldSet } from "./read-set.ts";

/** What is to be said of documents. */
export type SetChecked = PolicyCheck;

/** Returns errors alone where the documents do not compile. */
export function checkSet(
  files: readonly DocumentFile[],
  held: HeldSet & Pick<LintOptions, "usage" | "subjects" | "author">,
): SetChecked {
  const { nowAt, usage, subjects, author } = held;
  const read = compileSet(files, held);
  if (read.kind === "refused") {
    const errors = read.errors.map(({ at: { file, line, column }, code, why, hint }) => ({
      file,
      line,
      column,
      code,
      why,
      ...(hint === undefined ? {} : { hint }),
    }));
    return { ok: false, errors, findings: [], tests: [] };
  }
  const findings = lintPolicies(read.set, { nowAt, usage, subjects, author }).map(
    ({ at: { file, line, column }, code, why, policy }) => ({
      file,
      line,
      column,
      code,
      why,
      ...(policy === undefined ? {} : { policy }),
    }),
  );
  const tests = runPolicyTests(read.set, nowAt).map(
    ({ at: { file, line, column }, policy, passed, why }) => ({
      file,
      line,
      column,
      policy,
      passed,
      ...(why === undefined ? {} : { why }),
    }),
  );
  return { ok: tests.every(({ passed }) => passed), errors: [], findings, tests };
}
