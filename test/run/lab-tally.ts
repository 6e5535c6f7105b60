// The namespace tests, run inside the lab's private container; part of `npm test`, and the whole of
// `npm run test:e2e`.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { runLabProcess } from "../lab/lab-process.ts";
import { clone } from "../lab/program-path.ts";
import { emptyTally, type Tally } from "./tally.ts";

/** Where the parts of a run leave what they counted. */
export const tallyFolder = join(clone, ".cache", "test");

/** Runs vitest projects and leaves their tally in a file. */
export const vitestRunner = join(import.meta.dirname, "vitest-tally.ts");

/** What a part left; one failure when it died before it could write. */
export function readTally(file: string): Tally {
  if (!existsSync(file)) {
    const failures = [{ test: basename(file, ".json"), reason: "died before it could tell" }];
    return { ...emptyTally, failures };
  }
  return JSON.parse(readFileSync(file, "utf8")) as Tally;
}

/** Runs the files whose path contains one of the filters, or all; where it cannot, all are skips. */
export async function labTally(filters: readonly string[] = []): Promise<Tally> {
  const file = join(tallyFolder, "e2e.json");
  rmSync(file, { force: true });
  const inside = join(import.meta.dirname, "../lab/inside.ts");
  const command = [process.execPath, vitestRunner, file, "e2e", "--", ...filters];
  const end = await runLabProcess(inside, command);
  if (end.kind !== "lacks") return readTally(file);
  const files = readdirSync(join(import.meta.dirname, "../e2e")).filter((f) =>
    f.endsWith(".test.ts"),
  );
  const skips = files.map((file) => ({ test: `test/e2e/${file}`, reason: end.lines.join("; ") }));
  return { ...emptyTally, skips };
}
