import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { withoutSignature } from "./authenticode.ts";
import { run } from "./process.ts";
import type { Target } from "./target.ts";
import { type ProgramNames, withNames } from "./version-resource.ts";

/** What becomes one executable file. */
export interface ExecutableParts {
  readonly target: Target;
  readonly node: string;
  readonly bundle: string;
  readonly format: "module" | "commonjs";
  /** Of Node and V8. */
  readonly flags: readonly string[];
  /** Programs of threads by the name of their source file, and what else it reads from inside itself. */
  readonly assets: Readonly<Record<string, string>>;
  /** What Windows calls it. */
  readonly names: ProgramNames;
  readonly output: string;
  readonly work: string;
}

/** Tells whether this machine can run what is built for a target: only then can it compile ahead. */
export function runsHere(target: Target): boolean {
  return process.platform === "linux" && target.name === `linux-${process.arch}`;
}

/**
 * Makes a single executable (`node --build-sea`). NODE_OPTIONS is dead inside it: `execArgvExtension: "none"`,
 * else anyone who sets the environment injects code into the daemon.
 */
export async function buildExecutable(parts: ExecutableParts): Promise<void> {
  const host = join(parts.work, `node-${parts.target.name}`);
  copyFileSync(parts.node, host);
  chmodSync(host, 0o755);
  // Stripping afterwards would cut the embedded program off.
  if (parts.target.goos === "linux" && parts.target.goarch === "amd64") {
    await run("strip", [host]);
  }
  if (parts.target.goos === "windows") {
    // Afterwards it would move what is embedded.
    writeFileSync(host, withNames(withoutSignature(readFileSync(host)), parts.names));
  }
  const config = resolve(parts.work, `sea-${parts.target.name}.json`);
  writeFileSync(
    config,
    JSON.stringify({
      // As it stands inside: the folder of a build is nobody's business, and others give the same bytes.
      main: relative(parts.work, parts.bundle),
      mainFormat: parts.format,
      assets: Object.fromEntries(
        Object.entries(parts.assets).map(([name, file]) => [name, resolve(file)]),
      ),
      executable: resolve(host),
      output: resolve(parts.output),
      disableExperimentalSEAWarning: true,
      useCodeCache: runsHere(parts.target),
      execArgv: parts.flags,
      execArgvExtension: "none",
    }),
  );
  // Else the code cache differs with each build. A fixed --hash-seed would do so too, but it is part of
  // what a code cache is checked against, so the executable would reject its own.
  const argv = [...parts.flags, "--random-seed=1", "--build-sea", config];
  await run(process.execPath, argv, { cwd: parts.work });
  chmodSync(parts.output, 0o755);
}
