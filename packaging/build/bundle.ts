import { execFileSync } from "node:child_process";
import { rolldown } from "rolldown";

/** Writes one file with everything an entry point imports but Node's own modules; threads need `cjs`. */
export async function bundle(entry: string, file: string, format: "esm" | "cjs"): Promise<void> {
  const build = await rolldown({
    input: entry,
    platform: "node",
    // Optional native speed-ups of ws: absent on purpose, no foreign binary runs with our rights.
    external: ["bufferutil", "utf-8-validate"],
    treeshake: true,
    transform: { define: { packagedCommit: JSON.stringify(commit()) } },
    logLevel: "warn",
  });
  await build.write({ file, format, minify: true, codeSplitting: false });
  await build.close();
}

/** The commit that programs name as their build; a source archive without git names its own. */
function commit(): string {
  const named = process.env["SOURCE_COMMIT"];
  return named ?? execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
}
