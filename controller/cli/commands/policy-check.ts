/** `policy lint` and `policy test`: they look at files; `--online` asks the controller too. */
import type { Command } from "commander";
import { lintPolicies } from "#shared/policy/analysis/lint.ts";
import type { LintOptions } from "#shared/policy/analysis/lint-options.ts";
import { type Finding, formatFinding } from "#shared/policy/analysis/finding.ts";
import { type PolicyTestResult, runPolicyTests } from "#shared/policy/analysis/policy-tests.ts";
import { inputForHash } from "#shared/policy/canonical-form.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { type DocumentError, formatDocumentError } from "#shared/policy/document-error.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import { type StoredResource, withStored } from "#shared/policy/stored-resources.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import { catalogue } from "#shared/posture/catalogue.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readSetFiles, type TextFile } from "../documents.ts";
import type { Answer } from "../output.ts";
import { requestText } from "../request-text.ts";
import { countText } from "../table.ts";

const saidNo = 1;
const invalidFile = 2;

const offlineNote =
  "Only these files were looked at. `--online` asks the controller too: for resources made elsewhere,\ngroups and users that nobody is, and rules that nobody uses.";

interface Options {
  readonly from?: string;
  readonly online?: boolean;
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
  for (const command of [lint, test]) {
    command.option("--online", "ask the controller for resources, groups and the use of rules");
  }
  const run = (answer: (set: PolicySet, options: LintOptions) => Answer) => {
    return async (files: string[], options: Options) => {
      const known = options.online === true ? await readKnown(context) : {};
      const texts = readSetFiles({ files, from: options.from });
      return checked(texts, known, (set) => answer(set, { ...known, nowAt: context.nowAt() }));
    };
  };
  const lintFiles = run(lintAnswer);
  answering(context, lint, async (files: string[], options: Options) => {
    const answer = await lintFiles(files, options);
    return options.online === true ? answer : { ...answer, note: offlineNote };
  });
  answering(
    context,
    test,
    run((set, { nowAt }) => testAnswer(set, nowAt)),
  );
}

function checked(
  files: readonly TextFile[],
  { stored = [] }: ControllerKnowledge,
  answer: (set: PolicySet) => Answer,
): Answer {
  const result = compileFiles(files, stored);
  if (result.kind === "compiled") return answer(result.set);
  const { errors } = result;
  const text = errors.map(formatDocumentError).join("\n");
  const data = { ok: false, errors, findings: [], tests: [] };
  return { schema: "sallyport.policy-check/1", data, text, exit: invalidFile };
}

/** What only a controller knows. */
interface ControllerKnowledge extends Pick<LintOptions, "usage" | "subjects" | "author"> {
  readonly stored?: readonly StoredResource[] | undefined;
}

function compileFiles(
  files: readonly TextFile[],
  stored: readonly StoredResource[],
): ReturnType<typeof compilePolicies> {
  const documents: PolicyDocument[] = [];
  const errors: DocumentError[] = [];
  for (const { file, text } of files) {
    const result = parseDocument(file, text);
    if (result.kind === "parsed") documents.push(result.document);
    else errors.push(...result.errors);
  }
  if (errors.length > 0) return { kind: "refused", errors };
  return compilePolicies(withStored(documents, stored), catalogue);
}

async function readKnown(context: CommandContext): Promise<ControllerKnowledge> {
  const api = apiOf(context);
  const { items, subjects, author } = await api.ask("GET /policies/usage");
  const held = await api.ask("GET /resources");
  return {
    usage: new Map(items.map((use) => [use.policy, use])),
    subjects,
    author,
    stored: held.items,
  };
}

function lintAnswer(set: PolicySet, options: LintOptions): Answer {
  const findings = lintPolicies(set, options);
  const summary = `${countText(set.policies.length, "rule")}, ${countText(findings.length, "finding")}`;
  return {
    schema: "sallyport.policy-check/1",
    data: { ok: findings.length === 0, errors: [], findings: findings.map(shown), tests: [] },
    text: [...findings.map(findingText), summary].join("\n"),
    exit: findings.length === 0 ? 0 : saidNo,
  };
}

function findingText(finding: Finding): string {
  const { example } = finding;
  const request = example === undefined ? "" : `\n  for example: ${requestText(example)}`;
  return `${formatFinding(finding)}${request}`;
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
