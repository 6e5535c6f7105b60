/** The two programs as executables of a target. */
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { bundle, bundleParts } from "./bundle.ts";
import { run } from "./process.ts";
import { buildExecutable, runsHere } from "./single-executable.ts";
import type { Target } from "./target.ts";

/** One program to build: `node` is the target's runtime, `work` a folder for what is made on the way. */
export interface ProgramBuild {
  readonly target: Target;
  readonly node: string;
  readonly work: string;
  readonly version: string;
  readonly output: string;
}

/** Without the second, whoever may signal a daemon opens a debugger in it, to every user of the machine. */
const flags = ["--max-semi-space-size=1", "--disable-sigusr1"];
/** No threads that wait for V8, each of which has memory of its own. */
const agentFlags = [...flags, "--v8-pool-size=0"];

/**
 * Memory that was freed and is used again shows through in code caches, and so does what the baseline
 * compiler, which runs beside, has got to: no two builds would be the same.
 */
const sameEachTime = [
  "--random-seed=1",
  "--max-semi-space-size=128",
  "--min-semi-space-size=128",
  "--initial-heap-size=1024",
  "--no-sparkplug",
];

/** What the daemon has loaded when it says that it is ready, and what scripts ask for most. */
const compiledParts = ["agent/cli/daemon.ts", "agent/cli/status.ts"];

/** Builds `sallyport` in parts: on every laptop runs the daemon, and it shall hold nothing else. */
export async function buildAgent({ version, ...build }: ProgramBuild): Promise<void> {
  const { target, work } = build;
  const folder = join(work, "sallyport-parts");
  const loaded = await bundleParts("agent/main.ts", folder, compiledParts);
  if (runsHere(target)) {
    const warmUp = resolve("packaging/executable/warm-up.ts");
    const accepted = resolve("packaging/executable/accepted.ts");
    const parts = [folder, "./main.cjs", ...loaded];
    await run(process.execPath, [...agentFlags, ...sameEachTime, warmUp, ...parts]);
    await run(process.execPath, [...agentFlags, accepted, folder]);
  }
  const main = join(work, "sallyport-main.cjs");
  await bundle("packaging/executable/main.ts", main, "cjs");
  const assets = filesOf(folder).map((file) => [`./${relative(folder, file)}`, file]);
  await buildExecutable({
    ...build,
    names: { version, fileName: "sallyport.exe", description: "Sallyport agent" },
    bundle: main,
    format: "commonjs",
    flags: agentFlags,
    assets: Object.fromEntries(assets) as Record<string, string>,
  });
}

/** Builds `sallyport-controller`, with its store's thread and the built console inside. */
export async function buildController({ version, ...build }: ProgramBuild): Promise<void> {
  const { work } = build;
  const main = join(work, "sallyport-controller.mjs");
  const thread = join(work, "thread.cjs");
  await bundle("controller/main.ts", main, "esm");
  await bundle("controller/io/store/thread.ts", thread, "cjs");
  const pages = ".build/console";
  const assets = filesOf(pages).map((file) => [`console/${relative(pages, file)}`, file]);
  await buildExecutable({
    ...build,
    names: {
      version,
      fileName: "sallyport-controller.exe",
      description: "Sallyport controller",
    },
    bundle: main,
    format: "module",
    flags,
    assets: { "thread.ts": thread, ...(Object.fromEntries(assets) as Record<string, string>) },
  });
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
