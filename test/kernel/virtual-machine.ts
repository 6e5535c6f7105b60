// One run of the emulated machine: no network card, no access to the host but its disk, of which it
// gets a throw-away copy.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { programPath } from "../lab/program-path.ts";
import type { UnpackedKernel } from "./debian-kernel.ts";

export interface MachineEnd {
  /** Null when it was killed at the deadline. */
  readonly exitCode: number | null;
  /** What the machine wrote to its second serial line. */
  readonly answer: string;
}

const commandLine = "root=/dev/nvme0n1 rw init=/sallyport/test/kernel/init.sh console=ttyS0 quiet";
// Emulated processors are slow, not attacked.
const speed = "mitigations=off panic=-1 random.trust_cpu=on";

/** Runs until the machine switches itself off; each line of its console goes to `see`. */
export async function runMachine(
  kernel: UnpackedKernel,
  image: string,
  options: { readonly deadlineMs: number; readonly see: (line: string) => void },
): Promise<MachineEnd> {
  const answerFile = answerFileOf(image);
  rmSync(answerFile, { force: true });
  const child = spawn(programPath("qemu-system-x86_64"), machineArguments(kernel, image), {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.deadlineMs,
    killSignal: "SIGKILL",
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", options.see);
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  const answer = readFileSync(answerFile, "utf8");
  rmSync(answerFile);
  return { exitCode, answer };
}

function machineArguments(kernel: UnpackedKernel, image: string): readonly string[] {
  const processor = "-accel tcg,thread=multi -cpu max,-pku -M q35 -smp 2 -m 2048";
  const nothingElse = "-nodefaults -display none -no-reboot -nic none";
  return [
    ...`${processor} ${nothingElse} -device nvme,drive=disk,serial=sallyport`.split(" "),
    "-kernel",
    kernel.image,
    "-append",
    `${commandLine} ${speed}`,
    "-drive",
    `file=${image},if=none,id=disk,format=raw,cache=unsafe,snapshot=on`,
    "-serial",
    "stdio",
    "-serial",
    `file:${answerFileOf(image)}`,
  ];
}

function answerFileOf(image: string): string {
  return `${image}.answer`;
}
