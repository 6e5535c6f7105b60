/**
 * Each file begins with both agents linked, and ends with what the captures outside the laptop saw
 * since the lab began: nothing in clear. A file in which something failed takes its lab with it, so
 * that the next one fails for its own reasons.
 */
import { relative } from "node:path";
import { afterAll, beforeAll, expect, type RunnerTask } from "vitest";
import { clone } from "../lab/program-path.ts";
import { discardLab, sharedLab, untilLinked } from "./shared-lab.ts";

beforeAll(() => untilLinked());

// Vitest gives the file as the second argument only, and reads the first from the pattern.
// oxlint-disable-next-line no-empty-pattern
afterAll(async ({}, file) => {
  try {
    await readCapture();
  } finally {
    if (hasFailed(file)) discardLab();
  }
});

async function readCapture(): Promise<void> {
  const { leaked, missed, tunnel, examples } = await (await sharedLab()).network.leaks.read();
  const file = relative(clone, expect.getState().testPath ?? "");
  process.stdout.write(`capture: ${file}: ${tunnel} packets of the tunnel, ${leaked} in clear\n`);
  expect(leaked, examples.join("; ")).toBe(0);
  expect(missed, "packets that the capture did not see").toBe(0);
}

/** Whether a test of the suite failed, or a hook before its tests. */
function hasFailed(task: RunnerTask): boolean {
  if (task.result?.state === "fail") return true;
  return "tasks" in task && task.tasks.some(hasFailed);
}
