// `npm run test:packages`: builds the packages in two folders to the same bytes, installs them in
// booted Debian machines as README.md says, and tries everything an installation goes through.
// `--built` takes the packages of dist/, `--suite trixie` another Debian; `--twice TARGETS` does no more
// than build those targets in two folders and compare.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { commandOptions } from "../../packaging/build/command-options.ts";
import { clone } from "../lab/program-path.ts";
import { readTally, vitestRunner } from "../run/lab-tally.ts";
import { tallyLines } from "../run/tally.ts";
import { buildElsewhere } from "./elsewhere.ts";
import { missing } from "./needs.ts";
import { isOnlyRun } from "./only-run.ts";

const usage = "npm run test:packages -- [--built] [--suite NAME] [--twice TARGETS]";
const values = commandOptions(usage, {
  built: { type: "boolean", default: false },
  suite: { type: "string", default: "bookworm" },
  twice: { type: "string" },
});
const lacks = values.twice === undefined ? missing() : [];
if (lacks.length > 0) {
  for (const line of lacks) process.stderr.write(`test:packages: ${line}\n`);
  process.exit(1);
}
if (!(await isOnlyRun("packages"))) {
  process.stderr.write("test:packages: another run goes on; its machines have the same names\n");
  process.exit(1);
}
const run = (argv: readonly string[]): number =>
  spawnSync(process.execPath, argv, { cwd: clone, stdio: "inherit" }).status ?? 1;

const folder = join(clone, ".cache", "test-packages");
mkdirSync(folder, { recursive: true });
process.env["SALLYPORT_TEST_SUITE"] = values.suite;
if (!values.built) {
  const build = ["packaging/main.ts", "--fast", "--target", values.twice ?? "linux-x64"];
  const code = run(build);
  if (code !== 0) process.exit(code);
  const again = join(folder, "again");
  const sums = [join(clone, "dist"), buildElsewhere(again, build)].map((output) =>
    readFileSync(join(output, "SHA256SUMS"), "utf8"),
  );
  if (sums[0] !== sums[1]) {
    process.stderr.write(`test:packages: two builds differ\n${sums.join("\n")}`);
    process.exit(1);
  }
  rmSync(again, { recursive: true });
  if (values.twice !== undefined) {
    process.stdout.write(`the same bytes from two folders:\n${sums[0]}`);
    process.exit(0);
  }
}
const file = join(folder, "tally.json");
rmSync(file, { force: true });
run([vitestRunner, file, "packages"]);
const tally = readTally(file);
for (const line of tallyLines(tally)) process.stdout.write(`${line}\n`);
process.exitCode = tally.failures.length === 0 && tally.passed > 0 ? 0 : 1;
