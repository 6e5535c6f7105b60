// `npm test`: unit, sim and server tests, the Go tests, and the namespace tests inside the lab's
// private container. The last line of stdout is `N passed, N failed, N skipped`. With --after-check
// the unit and sim tests, which `npm run check` has just run, are left out and not counted.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { labTally, readTally, tallyFolder, vitestRunner } from "./lab-tally.ts";
import { clone, goCommand } from "../lab/program-path.ts";
import { kernelParts } from "../kernel/parts.ts";
import { desktopIsMade } from "../tray/desktop.ts";
import { addTallies, emptyTally, goTally, mayNotSkip, tallyLines, type Tally } from "./tally.ts";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function vitestTally(name: string, projects: readonly string[]): Promise<Tally> {
  const file = join(tallyFolder, `${name}.json`);
  const child = spawn(process.execPath, [vitestRunner, file, ...projects], {
    cwd: clone,
    stdio: "inherit",
  });
  await new Promise((resolve) => child.on("close", resolve));
  return readTally(file);
}

async function nativeTally(): Promise<Tally> {
  const go = goCommand();
  if (!go.ok) return { ...emptyTally, skips: [{ test: "native", reason: go.line }] };
  const child = spawn(go.file, ["test", "-json", "-timeout=30m", "./..."], {
    cwd: join(clone, "native"),
    env: go.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const tally = goTally(text.split("\n"));
  if (tally.failures.length > 0) say(failedOutput(text));
  if (exitCode === 0 || tally.failures.length > 0) return tally;
  return { ...tally, failures: [{ test: "native", reason: `exit ${exitCode ?? "by a signal"}` }] };
}

/** The icon in a real panel: half a minute, where its desktop was made before. */
async function trayTally(): Promise<Tally> {
  const ready = process.getuid?.() === 0 && desktopIsMade();
  if (ready) return vitestTally("tray", ["tray"]);
  const reason = "its desktop is made once, by root: `npm run test:tray`";
  return { ...emptyTally, skips: [{ test: "tray", reason }] };
}

/** Each part boots a machine of its own in an emulator. */
function kernelTally(): Tally {
  const reason = "takes longer than all else here: `npm run test:kernel`";
  return { ...emptyTally, skips: kernelParts.map((part) => ({ test: `kernel ${part}`, reason })) };
}

/** What the failed Go tests printed; the passed ones are many and silent. */
function failedOutput(text: string): string {
  const events = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, string>);
  const failed = new Set(
    events.filter((e) => e["Action"] === "fail").map((e) => `${e["Package"]} ${e["Test"]}`),
  );
  return events
    .filter((e) => e["Output"] !== undefined && failed.has(`${e["Package"]} ${e["Test"]}`))
    .map((e) => e["Output"])
    .join("");
}

const usage = 2;

/** The vitest projects to run; undefined for an argument that is not known. */
function projectsToRun(): readonly string[] | undefined {
  try {
    const { values } = parseArgs({ options: { "after-check": { type: "boolean" } } });
    return values["after-check"] === true ? ["server"] : ["unit", "sim", "server"];
  } catch {
    return undefined;
  }
}

const projects = projectsToRun();
if (projects === undefined) {
  process.stderr.write("usage: npm test [-- --after-check]\n");
  process.exit(usage);
}
rmSync(tallyFolder, { recursive: true, force: true });
mkdirSync(tallyFolder, { recursive: true });
const strict = process.env["CI"] === "true" && process.getuid?.() === 0;
const programs = await vitestTally("programs", projects);
const native = await nativeTally();
const tray = await trayTally();
// All rounds, as `npm run test:e2e` makes them, take longer than all else here.
process.env["SALLYPORT_E2E_KILLS"] = "40";
const lab = await labTally();
const total = addTallies([programs, native, tray, strict ? mayNotSkip(lab) : lab, kernelTally()]);
for (const line of tallyLines(total)) say(line);
process.exitCode = total.failures.length === 0 ? 0 : 1;
