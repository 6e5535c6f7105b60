// One run of the emulated machine: no network card, no access to the host but its disk, of which it
// gets a throw-away copy.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { programPath } from "../lab/program-path.ts";
import type { UnpackedKernel } from "./debian-kernel.ts";
import { hostDevices, serveHostLine, type HostSockets } from "./host-line.ts";

export interface MachineEnd {
  /** Null when it was killed at the deadline. */
  readonly exitCode: number | null;
  /** What the machine wrote to its second serial line. */
  readonly answer: string;
}

const commandLine = "root=/dev/nvme0n1 rw init=/sallyport/test/kernel/init.sh console=ttyS0 quiet";
const emptyDiskBytes = 96 * 1024 * 1024;
// Emulated processors are slow, not attacked.
const speed = "mitigations=off panic=-1 random.trust_cpu=on";

/** What may be run alone. */
export const kernelParts = ["disks", "lab", "pause"] as const;
/** One of them. */
export type KernelPart = (typeof kernelParts)[number];

/** How a run goes; a part named here is all that is run. */
export interface RunOptions {
  readonly deadlineMs: number;
  readonly see: (line: string) => void;
  readonly part?: KernelPart;
}

/** Runs until the machine switches itself off; each line of its console goes to `see`. */
export async function runMachine(
  kernel: UnpackedKernel,
  image: string,
  options: RunOptions,
): Promise<MachineEnd> {
  const answerFile = answerFileOf(image);
  rmSync(answerFile, { force: true });
  for (const disk of emptyDisksOf(image)) {
    writeFileSync(disk, "");
    truncateSync(disk, emptyDiskBytes);
  }
  const child = spawn(
    programPath("qemu-system-x86_64"),
    machineArguments(kernel, image, options.part),
    {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.deadlineMs,
      killSignal: "SIGKILL",
    },
  );
  const sockets = socketsOf(image);
  const endLine = await serveHostLine(sockets);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", options.see);
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  endLine();
  const answer = readFileSync(answerFile, "utf8");
  for (const file of [answerFile, ...emptyDisksOf(image)]) rmSync(file);
  for (const socket of Object.values(sockets)) rmSync(socket, { force: true });
  return { exitCode, answer };
}

function machineArguments(kernel: UnpackedKernel, image: string, part = "all"): readonly string[] {
  const processor = "-accel tcg,thread=multi -cpu max,-pku -M q35 -smp 2 -m 2048";
  const nothingElse = "-nodefaults -display none -no-reboot -nic none";
  return [
    ...`${processor} ${nothingElse} -device nvme,drive=disk,serial=sallyport`.split(" "),
    "-kernel",
    kernel.image,
    "-append",
    `${commandLine} ${speed} part=${part}`,
    "-drive",
    `file=${image},if=none,id=disk,format=raw,cache=unsafe,snapshot=on`,
    ...emptyDisksOf(image).flatMap((disk, index) => [
      "-drive",
      `file=${disk},if=none,id=empty${index},format=raw,cache=unsafe`,
      "-device",
      `nvme,drive=empty${index},serial=empty${index}`,
    ]),
    ...hostDevices(socketsOf(image)),
    "-serial",
    "stdio",
    "-serial",
    `file:${answerFileOf(image)}`,
  ];
}

/** Disks that the machine may format as it likes. */
function emptyDisksOf(image: string): readonly string[] {
  return [`${image}.one`, `${image}.two`];
}

function socketsOf(image: string): HostSockets {
  return { line: `${image}.host`, control: `${image}.control` };
}

function answerFileOf(image: string): string {
  return `${image}.answer`;
}
