// `npm start`: the lab. Exit 0 told and all as promised, 1 the story failed, 2 usage, 3 the machine
// lacks something, 70 a bug of the lab.
import { parseArgs } from "node:util";
import { doorOf, openConsoleDoor } from "./console-door.ts";
import { insideContainer, isRootless, onStopRequest, prepareContainer } from "./container.ts";
import { writeEntrance } from "./explore.ts";
import { labFolder, runLabProcess } from "./lab-process.ts";
import { cutoffLimitMs, emptyFindings, reportOf, type LabReport } from "./report.ts";
import { Story } from "./story.ts";
import { Teller } from "./tell.ts";

const exit = { ok: 0, failed: 1, usage: 2, machineLacks: 3, bug: 70 } as const;

interface Flags {
  readonly once: boolean;
  readonly json: boolean;
  /** Wider only where the machine itself is slow, as an emulated one is. */
  readonly cutoffLimitMs: number;
}

function readFlags(args: readonly string[]): Flags | undefined {
  try {
    const options = {
      once: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "cutoff-limit-ms": { type: "string", default: String(cutoffLimitMs) },
    } as const;
    const { values } = parseArgs({ args: [...args], options, strict: true });
    const limit = Number(values["cutoff-limit-ms"]);
    if (!(limit > 0)) throw new Error("--cutoff-limit-ms needs a number above 0");
    return { once: values.once, json: values.json, cutoffLimitMs: limit };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`${why}\nusage: npm start -- [--once] [--json]\n`);
    const failed = { step: "usage", code: "usage", detail: why };
    if (args.includes("--json")) printReport(reportOf(emptyFindings(false), failed));
    return undefined;
  }
}

function printReport(report: LabReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** Outside the container: go inside, or say what the machine lacks. */
async function outside(flags: Flags): Promise<number> {
  const door = flags.once ? null : await openConsoleDoor();
  const end = await runLabProcess(import.meta.filename, process.argv.slice(2), (pid) => {
    door?.leadTo(() => doorOf(pid));
  });
  door?.close();
  if (end.kind === "ended") return end.code;
  for (const line of end.lines) process.stderr.write(`${line}\n`);
  const failed = { step: "set-up", code: "machine-lacks", detail: end.lines.join("; ") };
  if (flags.json) printReport(reportOf(emptyFindings(process.getuid?.() !== 0), failed));
  return exit.machineLacks;
}

/** Inside: the story, then a stay until someone asks to stop. */
async function inside(flags: Flags): Promise<number> {
  const folder = labFolder();
  const teller = new Teller(flags.json ? process.stderr : process.stdout);
  prepareContainer();
  const rootless = isRootless();
  teller.opening(rootless);
  const asked = new Promise<"stop">((resolve) => {
    onStopRequest(() => resolve("stop"));
  });
  const story = new Story({ folder, rootless, teller });
  const told = await Promise.race([story.tell(), asked]);
  if (told === "stop") {
    teller.ending();
    const failed = { step: story.now, code: "stopped", detail: "asked to stop before the end" };
    if (flags.json) printReport(reportOf(emptyFindings(rootless), failed));
    return flags.once ? exit.failed : exit.ok;
  }
  const report = reportOf(told.findings, told.failed, flags.cutoffLimitMs);
  teller.summary(report, told.findings.cutEnds);
  if (!flags.once && report.ok) {
    const signInUrl = await story.openConsole();
    teller.invitation(writeEntrance(folder, rootless), signInUrl);
    await asked;
  }
  if (!flags.once) teller.ending();
  if (flags.json) printReport(report);
  return report.ok ? exit.ok : exit.failed;
}

const flags = readFlags(process.argv.slice(2));
if (flags === undefined) process.exit(exit.usage);
try {
  process.exit(await (insideContainer() ? inside(flags) : outside(flags)));
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
  const failed = { step: "lab", code: "bug", detail: String(cause) };
  if (flags.json) printReport(reportOf(emptyFindings(isRootless()), failed));
  process.exit(exit.bug);
}
