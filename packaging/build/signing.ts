/** What is done with finished files: the list of their digests, and the owner's own signing program. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { run } from "./process.ts";

const signMs = 300_000;

/**
 * Signs each file by the program that `SALLYPORT_SIGN` names, called with the file's path: it signs in
 * place or leaves a signature beside. Keys are its business; none is ever given to this build.
 */
export async function signFiles(
  files: readonly string[],
  program: string | undefined,
): Promise<void> {
  if (program === undefined || program === "") return;
  if (!isAbsolute(program)) throw new Error("SALLYPORT_SIGN has to be an absolute path");
  for (const file of files) await run(program, [file], { deadlineMs: signMs });
}

/** Writes `SHA256SUMS` beside the files, as `sha256sum --check` reads it. */
export function writeDigests(files: readonly string[], folder: string): string {
  const named = files.map((file) => ({ file, name: basename(file) }));
  const lines = named
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ file, name }) => {
      const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
      return `${digest}  ${name}\n`;
    });
  const output = join(folder, "SHA256SUMS");
  writeFileSync(output, lines.join(""));
  return output;
}
