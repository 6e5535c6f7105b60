// `npm run test:kernel`: the Go tests that touch the kernel and the lab's story on Debian's kernel 6.1
// in an emulated machine, where netd uses the kernel's own WireGuard and sets behave as before Linux
// 6.12. The last line of stdout is the lab's JSON object. Exit 0 as promised or skipped by name, 1
// failed.
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { machineLacks } from "../lab/machine.ts";
import { clone, hasProgram } from "../lab/program-path.ts";
import { debianKernel } from "./debian-kernel.ts";
import { kernelPackages, makeRootDisk } from "./root-disk.ts";
import { judge } from "./verdict.ts";
import { runMachine } from "./virtual-machine.ts";

const deadlineMs = 40 * 60_000;

function skip(reason: string): never {
  process.stdout.write(`skipped test:kernel: ${reason}\n`);
  process.exit(0);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
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

const folder = join(clone, ".cache", "kernel");
mkdirSync(folder, { recursive: true });
chmodSync(join(clone, "test", "kernel", "init.sh"), 0o755);
const image = join(folder, "root.img");
say("making the disk");
makeRootDisk(search.kernel, image);
say(`starting Linux ${search.kernel.release} in the emulator (some minutes)`);
const console: string[] = [];
const end = await runMachine(search.kernel, image, {
  deadlineMs,
  see: (line) => {
    console.push(line);
    say(line);
  },
});
rmSync(image);
const answer = end.answer.trim().split("\n").at(-1)?.trim() ?? "";
const verdict = judge({ console, answer, goTests: kernelPackages.length });
for (const fault of verdict.faults) say(`FAILED: ${fault}`);
process.stdout.write(`${answer}\n`);
process.exit(verdict.faults.length === 0 ? 0 : 1);
