// `npm run test:kernel`: on Debian's kernel 6.1 in an emulated machine, where netd uses the kernel's own
// WireGuard and sets behave as before Linux 6.12. Each part boots a machine of its own and has a verdict of
// its own: `-- disks` encrypted and plain disks as the collector sees them, `-- netd` the Go tests that
// touch the kernel, `-- lab` the lab's story, `-- scenarios` files of test/e2e, with a sleep of the machine,
// `-- pause` the whole machine paused while it is a gateway; without a name all of them, two machines at a
// time. Exit 0 as promised or skipped by name, 1 failed.
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { monotonicMs } from "../lab/clock.ts";
import { machineLacks } from "../lab/machine.ts";
import { clone, hasProgram } from "../lab/program-path.ts";
import { cryptTools } from "./crypt-tools.ts";
import { debianKernel } from "./debian-kernel.ts";
import { type KernelPart, kernelParts, lanes } from "./parts.ts";
import { makeRootDisk } from "./root-disk.ts";
import { judge } from "./verdict.ts";
import { runMachine } from "./virtual-machine.ts";

function skip(reason: string): never {
  process.stdout.write(`skipped test:kernel: ${reason}\n`);
  process.exit(0);
}

function isPart(text: string): text is KernelPart {
  return (kernelParts as readonly string[]).includes(text);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const usage = 2;
const [asked, ...more] = process.argv.slice(2);
if (more.length > 0 || (asked !== undefined && !isPart(asked))) {
  say(`usage: npm run test:kernel [-- ${kernelParts.join("|")}]`);
  process.exit(usage);
}
const parts = asked === undefined ? kernelParts : [asked];
if (process.arch !== "x64") skip("the emulated machine is x86_64");
for (const [program, debianPackage] of [
  ["qemu-system-x86_64", "qemu-system-x86"],
  ["mke2fs", "e2fsprogs"],
  ["modprobe", "kmod"],
] as const) {
  if (!hasProgram(program)) {
    skip(`no ${program}; install with: apt-get install --no-install-recommends ${debianPackage}`);
  }
}
const [missing] = machineLacks();
if (missing !== undefined) skip(missing);
const search = debianKernel();
if (search.kind === "lacks") skip(search.line);
const crypt = cryptTools();
if (typeof crypt === "string") skip(crypt);

const folder = join(clone, ".cache", "kernel");
mkdirSync(folder, { recursive: true });
chmodSync(join(clone, "test", "kernel", "init.sh"), 0o755);
const image = join(folder, "root.img");
say("making the disk");
makeRootDisk(search.kernel, image, { crypt, parts });
const { kernel } = search;
const ran = await Promise.all(
  lanes.map((lane) => runInTurn(lane.filter((p) => parts.includes(p)))),
);
rmSync(image);
const verdicts = parts.flatMap((part) => ran.flat().filter((verdict) => verdict.part === part));
for (const { answer } of verdicts) if (answer !== "") process.stdout.write(`${answer}\n`);
for (const { line } of verdicts) process.stdout.write(`${line}\n`);
process.exit(verdicts.every(({ held }) => held) ? 0 : 1);

async function runInTurn(lane: readonly KernelPart[]) {
  const verdicts = [];
  for (const part of lane) verdicts.push(await runPart(part));
  return verdicts;
}

/** Boots a machine of its own for the part, and judges what it said. */
async function runPart(part: KernelPart) {
  say(`${part}: starting Linux ${kernel.release} in the emulator (some minutes)`);
  const startedAtMs = monotonicMs();
  const seconds = () => Math.round((monotonicMs() - startedAtMs) / 1000);
  const console: string[] = [];
  const see = (line: string) => {
    console.push(line);
    if (line.trim() !== "") say(`${String(seconds()).padStart(5)} s  ${part}: ${line}`);
  };
  const end = await runMachine(kernel, image, { part, see });
  const answer = end.answer.trim().split("\n").at(-1)?.trim() ?? "";
  const faults = judge(part, { console, answer });
  for (const fault of faults) say(`FAILED: ${part}: ${fault}`);
  const verdict = faults.length === 0 ? "held" : `FAILED (${faults.join("; ")})`;
  const line = `${part}: ${verdict} on Linux ${kernel.release} after ${seconds()} s`;
  say(line);
  return { part, answer, line, held: faults.length === 0 };
}
