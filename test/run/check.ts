// `npm run check`: format and dead code beside types and lint, then the unit and sim tests. What a
// step says is shown when it ends, so that two at once stay readable.
import { spawn } from "node:child_process";
import { clone } from "../lab/program-path.ts";

/** Steps of one lane follow each other; the lanes share the machine's cores. */
const lanes: readonly (readonly string[])[] = [
  ["format", "dead"],
  ["types", "lint"],
];

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
}

/** Runs the script `check:<step>` and tells how it ended. */
async function passes(step: string): Promise<boolean> {
  const beganMs = performance.now();
  const child = spawn("npm", ["run", "--silent", `check:${step}`], {
    cwd: clone,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => (said += part));
  }
  const status = await new Promise((resolve) => child.on("close", resolve));
  const verdict = status === 0 ? "ok" : "FAILED";
  process.stdout.write(`${said}${step}: ${verdict}, ${seconds(beganMs)}\n`);
  return status === 0;
}

async function lanePasses(steps: readonly string[]): Promise<boolean> {
  for (const step of steps) if (!(await passes(step))) return false;
  return true;
}

async function testsPass(): Promise<boolean> {
  const child = spawn("npm", ["run", "--silent", "check:tests"], { cwd: clone, stdio: "inherit" });
  return (await new Promise((resolve) => child.on("close", resolve))) === 0;
}

const beganMs = performance.now();
const stand = (await Promise.all(lanes.map(lanePasses))).every(Boolean);
const passed = stand && (await testsPass());
process.stdout.write(`check: ${passed ? "ok" : "FAILED"}, ${seconds(beganMs)}\n`);
process.exitCode = passed ? 0 : 1;
