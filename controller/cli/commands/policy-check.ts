/** `policy lint` and `policy test`: they look at files only, and need no controller. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { type Finding, formatFinding, lintPolicies } from "#shared/policy/analysis/lint.ts";
import { type PolicyTestResult, runPolicyTests } from "#shared/policy/analysis/policy-tests.ts";
import { inputForHash } from "#shared/policy/canonical-form.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { type DocumentError, formatDocumentError } from "#shared/policy/document-error.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import { catalogue } from "#shared/posture/catalogue.ts";
import { answering, type CommandContext } from "../command-context.ts";
import { readFiles, type TextFile } from "../documents.ts";
import type { Answer } from "../output.ts";

const saidNo = 1;
const invalidFile = 2;

interface Options {
  readonly from?: string;
}

/** Adds `policy lint` and `policy test` to the group. */
export function addPolicyCheckCommands(group: Command, context: CommandContext): void {
  const lint = group.command("lint").description("find rules that are wrong, dead or too broad");
  const test = group.command("test").description("run the tests that stand beside the rules");
  for (const command of [lint, test]) {
    command
      .argument("[files...]", "YAML documents of one set; - is stdin")
      .option("--from <folder>", "all *.yaml of a folder");
  }
  answering(context, lint, async (files: string[], options: Options) =>
    checked(files, options, (set) => lintAnswer(set, context.nowAt())),
  );
  answering(context, test, async (files: string[], options: Options) =>
    checked(files, options, (set) => testAnswer(set, context.nowAt())),
  );
}

function checked(
  files: readonly string[],
  options: Options,
  answer: (set: PolicySet) => Answer,
): Answer {
  const paths = [...files, ...(options.from === undefined ? [] : documentsIn(options.from))];
  if (paths.length === 0) throw new CodedError("SP-703", { why: "name at least one file" });
  const result = compileFiles(readFiles(paths));
  if (result.kind === "compiled") return answer(result.set);
  const { errors } = result;
  const text = errors.map(formatDocumentError).join("\n");
  const data = { ok: false, errors, findings: [], tests: [] };
  return { schema: "sallyport.policy-check/1", data, text, exit: invalidFile };
}

function documentsIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
    return names.sort().map((name) => join(folder, name));
  } catch (cause) {
    const why = `\`${folder}\` cannot be read: ${cause instanceof Error ? cause.message : ""}`;
    throw new CodedError("SP-703", { why }, { cause });
  }
}

function compileFiles(files: readonly TextFile[]): ReturnType<typeof compilePolicies> {
  const documents: PolicyDocument[] = [];
  const errors: DocumentError[] = [];
  for (const { file, text } of files) {
    const result = parseDocument(file, text);
    if (result.kind === "parsed") documents.push(result.document);
    else errors.push(...result.errors);
  }
  return errors.length > 0 ? { kind: "refused", errors } : compilePolicies(documents, catalogue);
}

function lintAnswer(set: PolicySet, nowAt: number): Answer {
  const findings = lintPolicies(set, { nowAt });
  const summary = `${set.policies.length} rules, ${findings.length} findings`;
  return {
    schema: "sallyport.policy-check/1",
    data: { ok: findings.length === 0, errors: [], findings: findings.map(shown), tests: [] },
    text: [...findings.map(formatFinding), summary].join("\n"),
    exit: findings.length === 0 ? 0 : saidNo,
  };
}

function shown({ example, ...finding }: Finding): object {
  return example === undefined ? finding : { ...finding, example: inputForHash(example) };
}

function testAnswer(set: PolicySet, nowAt: number): Answer {
  const tests = runPolicyTests(set, nowAt);
  const failed = tests.filter(({ passed }) => !passed);
  const summary = `${tests.length - failed.length} passed, ${failed.length} failed`;
  return {
    schema: "sallyport.policy-check/1",
    data: { ok: failed.length === 0, errors: [], findings: [], tests },
    text: [...failed.map(failureText), summary].join("\n"),
    exit: failed.length === 0 ? 0 : saidNo,
  };
}

function failureText({ at, policy, why }: PolicyTestResult): string {
  return `${at.file}:${at.line}:${at.column}: ${policy}: ${why ?? "failed"}`;
}
