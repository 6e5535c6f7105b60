import { rolldown } from "rolldown";

/** Writes one CommonJS file with everything an entry point imports; node modules stay outside. */
export async function bundle(entry: string, file: string): Promise<void> {
  const build = await rolldown({
    input: entry,
    platform: "node",
    // Optional native speed-ups of ws: absent on purpose, no foreign binary runs with our rights.
    external: ["bufferutil", "utf-8-validate"],
    treeshake: true,
    logLevel: "warn",
  });
  await build.write({ file, format: "cjs", minify: true, codeSplitting: false });
  await build.close();
}
