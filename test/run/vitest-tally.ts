// Runs vitest projects in this process and leaves their tally in a file:
// `node vitest-tally.ts <tally file> <project>... [-- <part of a file name>...]`
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { startVitest, type Reporter, type SerializedError, type TestModule } from "vitest/node";
import { patience } from "../lab/patience.ts";
import { clone } from "../lab/program-path.ts";
import type { Tally } from "./tally.ts";

const [tallyFile, ...rest] = process.argv.slice(2) as [string, ...string[]];
const end = rest.includes("--") ? rest.indexOf("--") : rest.length;
const projects = rest.slice(0, end);
const filters = rest.slice(end + 1);

function firstLine(errors: readonly Pick<SerializedError, "message">[]): string {
  return errors[0]?.message.split("\n", 1)[0] ?? "no error given";
}

function tallyOf(modules: readonly TestModule[]): Tally {
  const results = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => ({ test, result: test.result() })),
  );
  const failed = results.flatMap(({ test, result }) =>
    result.state === "failed"
      ? [{ test: `${test.module.moduleId}: ${test.fullName}`, reason: firstLine(result.errors) }]
      : [],
  );
  // A file that does not load has no tests: its own errors are the failure.
  const broken = modules
    .filter((module) => module.errors().length > 0)
    .map((module) => ({ test: module.moduleId, reason: firstLine(module.errors()) }));
  const skips = results.flatMap(({ test, result }) =>
    result.state === "skipped"
      ? [{ test: test.fullName, reason: result.note ?? "no reason given" }]
      : [],
  );
  return {
    passed: results.filter(({ result }) => result.state === "passed").length,
    failures: [...failed, ...broken].map(({ test, reason }) => ({
      test: relative(clone, test),
      reason,
    })),
    skips,
  };
}

const reporter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = tallyOf(modules);
    const unhandled = unhandledErrors.map((error) => ({
      test: "between tests",
      reason: firstLine([error]),
    }));
    const failures = [...tally.failures, ...unhandled];
    writeFileSync(tallyFile, JSON.stringify({ ...tally, failures }));
  },
};

const vitest = await startVitest("test", filters, {
  run: true,
  watch: false,
  project: projects,
  passWithNoTests: true,
  // A slow machine is taken for a hanging one unless each test says its end.
  reporters: [patience(1) > 1 ? "verbose" : "default", reporter],
});
await vitest.close();
