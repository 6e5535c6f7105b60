import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lintPolicies } from "#shared/policy/analysis/lint.ts";
import { runPolicyTests } from "#shared/policy/analysis/policy-tests.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import { formatDocumentError } from "#shared/policy/document-error.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import { startingWeights } from "#shared/policy/risk.ts";
import { catalogue } from "#shared/posture/catalogue.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/policy.md"), "utf8");
const nowAt = Date.UTC(2026, 10, 20, 12);

/** Blocks of YAML whose first line is a comment `# <mark>: <file>`, with the text block that follows. */
function blocks(mark: string): { file: string; text: string; after: string }[] {
  const pattern = new RegExp(
    `\`\`\`yaml\n(# ${mark}: (\\S+)\n[^]*?)\`\`\`(?:\n\n\`\`\`text\n([^]*?)\`\`\`)?`,
    "g",
  );
  return [...page.matchAll(pattern)].map(([, text = "", file = "", after = ""]) => ({
    file,
    text,
    after,
  }));
}

function errorsOf(file: string, text: string): readonly string[] {
  const parsed = parseDocument(file, text);
  if (parsed.kind === "refused") return parsed.errors.map(formatDocumentError);
  const result = compilePolicies([parsed.document], catalogue);
  return result.kind === "refused" ? result.errors.map(formatDocumentError) : [];
}

function wholeSet() {
  const documents = blocks("file").map(({ file, text }): PolicyDocument => {
    const parsed = parseDocument(file, text);
    if (parsed.kind === "refused")
      throw new Error(parsed.errors.map(formatDocumentError).join("\n"));
    return parsed.document;
  });
  const result = compilePolicies(documents, catalogue);
  if (result.kind === "refused") throw new Error(result.errors.map(formatDocumentError).join("\n"));
  return result.set;
}

test("the page's set compiles and its own tests pass", () => {
  const set = wholeSet();
  expect(set.policies.map(({ definition }) => definition.id)).toEqual([
    "audit-2026-git",
    "backup-orders",
    "contractor-high-risk",
    "dba-prod-jit",
    "eng-git-ssh",
  ]);
  const results = runPolicyTests(set, nowAt);
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(results).toHaveLength(10);
});

test("the page's set is clean", () => {
  expect(lintPolicies(wholeSet(), { nowAt })).toEqual([]);
});

test.each(blocks("refused"))("$file is refused as the page says", ({ file, text, after }) => {
  expect(errorsOf(file, text).join("\n")).toBe(after.trimEnd());
});

test("the page's table of sightings is the product's own", () => {
  const rows = [...page.matchAll(/^\| (`[a-z]+\.[^|]*) \| ([\d, ]+) \| (\d+) h \|$/gm)];
  const told = rows.flatMap(([, kinds = "", points = "", hours = ""]) =>
    [...kinds.matchAll(/`([a-z]+\.[a-z_]+)`/g)].map(([, kind], index) => {
      const list = points.split(", ");
      return [
        kind,
        { points: Number(list[index] ?? list[0]), halfLifeMs: Number(hours) * 3_600_000 },
      ];
    }),
  );
  expect(Object.fromEntries(told)).toEqual(startingWeights.of);
});

test("the page has refused examples", () => {
  expect(blocks("refused")).toHaveLength(4);
});
