// `npm run test:fuzz -- [--seconds N] [PART]`: each fuzz target of the Go programs for so long (20 s), at
// the lowest priority; PART is a part of a package's or a target's name. Exit 0 all held, 1 one did
// not, 2 usage, 3 no Go here.
import { spawnSync } from "node:child_process";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clone, goCommand } from "../lab/program-path.ts";

const failed = 1;
const usage = 2;
const lacks = 3;

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "20" } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const [part = ""] = positionals;
if (!Number.isInteger(seconds) || seconds < 1 || positionals.length > 1) process.exit(usage);
const go = goCommand();
if (!go.ok) {
  process.stderr.write(`${go.line}\n`);
  process.exit(lacks);
}
const { file, env } = go;
setPriority(constants.priority.PRIORITY_LOW);

interface Target {
  readonly folder: string;
  readonly name: string;
}

function run(args: readonly string[]): { readonly ok: boolean; readonly said: string } {
  const options = { cwd: join(clone, "native"), env, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(file, args, options);
  return { ok: status === 0, said: stdout + stderr };
}

/** The targets that this system builds: Go names them first, then their package. */
function listTargets(): readonly Target[] {
  const { ok, said } = run(["test", "-list", "^Fuzz", "./..."]);
  if (!ok) throw new Error(said);
  const found: Target[] = [];
  let names: string[] = [];
  for (const line of said.split("\n")) {
    const [, folder] = /^(?:ok|\?)\s+sallyport\.dev\/netd\/(\S+)/.exec(line) ?? [];
    if (line.startsWith("Fuzz")) names.push(line);
    if (folder === undefined) continue;
    for (const name of names) found.push({ folder, name });
    names = [];
  }
  return found.filter(({ folder, name }) => `${folder} ${name}`.includes(part));
}

function holds({ folder, name }: Target): { readonly ok: boolean; readonly said: string } {
  const time = [`-fuzztime=${seconds}s`, "-fuzzminimizetime=20x"];
  const args = ["test", "-run=^$", `-fuzz=^${name}$`, ...time, `./${folder}`];
  const first = run(args);
  // Go itself says so now and then of a target that is ended amid a case.
  const cutShort = !first.ok && /context deadline exceeded/.test(first.said);
  return cutShort && !first.said.includes("Failing input") ? run(args) : first;
}

const targets = listTargets();
if (targets.length === 0) process.exit(usage);
let broken = 0;
for (const target of targets) {
  const { ok, said } = holds(target);
  const [cases = "?"] =
    said.match(/\d+(?= \(\d+\/sec\), new interesting: \d+ \(total: \d+\)\n(?!fuzz))/) ?? [];
  process.stdout.write(
    `${ok ? "ok    " : "FAILED"} ${target.folder} ${target.name}, ${cases} cases\n`,
  );
  if (ok) continue;
  broken += 1;
  process.stdout.write(said);
}
process.stdout.write(`fuzz: ${targets.length - broken} held, ${broken} failed\n`);
process.exitCode = broken === 0 ? 0 : failed;
