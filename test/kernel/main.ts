// `npm run test:kernel`: encrypted and plain disks as the collector sees them, the Go tests that touch the
// kernel, and the lab's story on Debian's kernel 6.1 in an emulated machine, where netd uses the kernel's own
// WireGuard and sets behave as before Linux 6.12. `-- disks` runs the first of them alone, `-- lab` the last;
// `-- pause` is another thing: the whole machine is paused while it is a gateway. The last line of stdout is the
// lab's JSON object. Exit 0 as promised or skipped by name, 1 failed.
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { machineLacks } from "../lab/machine.ts";
import { clone, hasProgram } from "../lab/program-path.ts";
import { cryptTools } from "./crypt-tools.ts";
import { debianKernel } from "./debian-kernel.ts";
import { kernelPackages, makeRootDisk, pausedPackage } from "./root-disk.ts";
import { judge, judgeDisks, judgeGoTests, judgeLab } from "./verdict.ts";
import { type KernelPart, kernelParts, runMachine } from "./virtual-machine.ts";

const deadlineMs = 40 * 60_000;

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
const [part, ...more] = process.argv.slice(2);
if (more.length > 0 || (part !== undefined && !isPart(part))) {
  say(`usage: npm run test:kernel [-- ${kernelParts.join("|")}]`);
  process.exit(usage);
}
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
const goTests = { all: kernelPackages, disks: [], lab: [], pause: [pausedPackage] }[part ?? "all"];
makeRootDisk(search.kernel, image, { crypt, goTests });
say(`starting Linux ${search.kernel.release} in the emulator (some minutes)`);
const console: string[] = [];
const end = await runMachine(search.kernel, image, {
  deadlineMs,
  ...(part === undefined ? {} : { part }),
  see: (line) => {
    console.push(line);
    say(line);
  },
});
rmSync(image);
const answer = end.answer.trim().split("\n").at(-1)?.trim() ?? "";
const words = { console, answer, goTests: goTests.length };
const judges = { disks: judgeDisks, lab: judgeLab, pause: judgeGoTests };
const verdict = part === undefined ? judge(words) : judges[part](words);
for (const fault of verdict.faults) say(`FAILED: ${fault}`);
process.stdout.write(`${answer}\n`);
process.exit(verdict.faults.length === 0 ? 0 : 1);
