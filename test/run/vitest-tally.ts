// Runs vitest projects in this process and leaves their tally in a file:
// `node vitest-tally.ts <tally file> <project>... [-- <part of a file name>...]`
import { writeFileSync } from "node:fs";
import { startVitest, type Reporter, type TestModule } from "vitest/node";
import { patience } from "../lab/patience.ts";
import type { Tally } from "./tally.ts";

const [tallyFile, ...rest] = process.argv.slice(2) as [string, ...string[]];
const end = rest.includes("--") ? rest.indexOf("--") : rest.length;
const projects = rest.slice(0, end);
const filters = rest.slice(end + 1);

function tallyOf(modules: readonly TestModule[]): Tally {
  const results = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => ({ test, result: test.result() })),
  );
  // A file that does not load has no tests: its own errors are the failure.
  const broken = modules.filter((module) => module.errors().length > 0).length;
  const skips = results.flatMap(({ test, result }) =>
    result.state === "skipped"
      ? [{ test: test.fullName, reason: result.note ?? "no reason given" }]
      : [],
  );
  return {
    passed: results.filter(({ result }) => result.state === "passed").length,
    failed: results.filter(({ result }) => result.state === "failed").length + broken,
    skips,
  };
}

const reporter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = tallyOf(modules);
    const failed = tally.failed + unhandledErrors.length;
    writeFileSync(tallyFile, JSON.stringify({ ...tally, failed }));
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
