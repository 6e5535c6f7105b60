/** An error line in any log of the lab fails the file in whose time it was written. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { errorLinesIn } from "../setup/error-line.ts";
import { isExpected } from "./expected-error.ts";
import { labFolder } from "../lab/lab-process.ts";

const told = new Set<string>();

afterAll(() => {
  const logs = readdirSync(labFolder(), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".log"),
  );
  const lines = logs.flatMap((path) =>
    errorLinesIn(readFileSync(join(labFolder(), path), "utf8")).map((line) => `${path}: ${line}`),
  );
  const fresh = lines.filter((line) => !told.has(line) && !isExpected(line));
  for (const line of fresh) told.add(line);
  if (fresh.length > 0) throw new Error(`the lab's logs hold errors:\n${fresh.join("\n")}`);
});
