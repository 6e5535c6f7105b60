import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type InputOptions, rolldown } from "rolldown";

function input(entry: string): InputOptions {
  return {
    input: entry,
    platform: "node",
    // Optional native speed-ups of ws: absent on purpose, no foreign binary runs with our rights.
    external: ["bufferutil", "utf-8-validate"],
    treeshake: true,
    transform: { define: { packagedCommit: JSON.stringify(commit()) } },
    logLevel: "warn",
  };
}

/** Writes one file with everything an entry point imports but Node's own modules; threads need `cjs`. */
export async function bundle(entry: string, file: string, format: "esm" | "cjs"): Promise<void> {
  const build = await rolldown(input(entry));
  await build.write({ file, format, minify: true, codeSplitting: false });
  await build.close();
}

/**
 * Writes an entry point (`./main.cjs`) and everything behind an `import()` as a part of its own, so
 * that a program holds no more than it uses. Returns the names of the parts that hold `modules`.
 */
export async function bundleParts(
  entry: string,
  folder: string,
  modules: readonly string[],
): Promise<readonly string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const build = await rolldown(input(entry));
  const { output } = await build.generate({
    format: "cjs",
    minify: true,
    entryFileNames: "main.cjs",
    chunkFileNames: "[name]-[hash].cjs",
  });
  await build.close();
  const parts = output.filter((part) => part.type === "chunk");
  for (const { fileName, code } of parts) {
    writeFileSync(join(folder, basename(fileName)), asFunction(code));
  }
  return modules.map((module) => {
    const part = parts.find(({ moduleIds }) => moduleIds.includes(resolve(module)));
    if (part === undefined) throw new Error(`no part of \`${entry}\` holds \`${module}\``);
    return `./${part.fileName}`;
  });
}

/** One character beyond Latin 1 and V8 keeps the whole text in two bytes each. */
function asFunction(code: string): string {
  const plain = code
    .replace(/^#![^\n]*\n/, "")
    .replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return `(function(exports,require,module,__filename="/main.cjs",__dirname="/"){${plain}\n})`;
}

/** The commit that programs name as their build; a source archive without git names its own. */
function commit(): string {
  const named = process.env["SOURCE_COMMIT"];
  return named ?? execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
}
