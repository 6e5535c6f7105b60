// One run of the emulated machine: no network card, no access to the host but its disk, of which it
// gets a throw-away copy.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { programPath } from "../lab/program-path.ts";
import type { UnpackedKernel } from "./debian-kernel.ts";
import { type KernelPart, scenarios } from "./parts.ts";
import { hostDevices, serveHostLine, type HostSockets } from "./host-line.ts";

/** How the emulator ended. */
export interface MachineEnd {
  /** Null when it was killed for its silence. */
  readonly exitCode: number | null;
  /** What the machine wrote to its second serial line. */
  readonly answer: string;
}

const commandLine = "root=/dev/nvme0n1 rw init=/sallyport/test/kernel/init.sh console=ttyS0 quiet";
// The machine's time goes by what its one processor did, a nanosecond an instruction: what waits in it
// waits as long as on a quiet host, however busy this one is. Several threads of the emulator had Node
// end by inner checks of its compiler; newer instructions only cost time here.
const model = "max,-pku,-la57,-avx,-avx2,-bmi1,-bmi2,-adx";
// A slow machine gets on, and says so by its console; one that hangs says nothing.
const silenceMaxMs = 15 * 60_000;
const emptyDiskBytes = 96 * 1024 * 1024;
// Emulated processors are slow, not attacked.
const speed = "mitigations=off panic=-1 random.trust_cpu=on";

/** How a run goes: which part, and who sees each line of the console. */
export interface RunOptions {
  readonly part: KernelPart;
  readonly see: (line: string) => void;
}

/** Runs until the machine switches itself off; each line of its console goes to `see`. */
export async function runMachine(
  kernel: UnpackedKernel,
  image: string,
  options: RunOptions,
): Promise<MachineEnd> {
  const beside = `${image}.${options.part}`;
  const answerFile = answerFileOf(beside);
  rmSync(answerFile, { force: true });
  for (const disk of emptyDisksOf(beside)) {
    writeFileSync(disk, "");
    truncateSync(disk, emptyDiskBytes);
  }
  const child = spawn(
    programPath("qemu-system-x86_64"),
    machineArguments(kernel, { image, beside, part: options.part }),
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const sockets = socketsOf(beside);
  const endLine = await serveHostLine(sockets);
  const silent = setTimeout(() => child.kill("SIGKILL"), silenceMaxMs);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      silent.refresh();
      options.see(line);
    });
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  clearTimeout(silent);
  endLine();
  const answer = readFileSync(answerFile, "utf8");
  for (const file of [answerFile, ...emptyDisksOf(beside)]) rmSync(file);
  for (const socket of Object.values(sockets)) rmSync(socket, { force: true });
  return { exitCode, answer };
}

interface MachineFiles {
  readonly image: string;
  /** How the names of its own files begin. */
  readonly beside: string;
  readonly part: KernelPart;
}

function machineArguments(
  kernel: UnpackedKernel,
  { image, beside, part }: MachineFiles,
): readonly string[] {
  const clock = "-icount shift=0,sleep=on";
  const processor = `-accel tcg,thread=single ${clock} -cpu ${model} -M q35 -smp 1 -m 2048`;
  const nothingElse = "-nodefaults -display none -no-reboot -nic none";
  return [
    ...`${processor} ${nothingElse} -device nvme,drive=disk,serial=sallyport`.split(" "),
    "-kernel",
    kernel.image,
    "-append",
    `${commandLine} ${speed} part=${part} scenarios=${scenarios.join(",")}`,
    "-drive",
    `file=${image},if=none,id=disk,format=raw,cache=unsafe,snapshot=on`,
    ...emptyDisksOf(beside).flatMap((disk, index) => [
      "-drive",
      `file=${disk},if=none,id=empty${index},format=raw,cache=unsafe`,
      "-device",
      `nvme,drive=empty${index},serial=empty${index}`,
    ]),
    ...hostDevices(socketsOf(beside)),
    "-serial",
    "stdio",
    "-serial",
    `file:${answerFileOf(beside)}`,
  ];
}

/** Disks that the machine may format as it likes. */
function emptyDisksOf(beside: string): readonly string[] {
  return [`${beside}.one`, `${beside}.two`];
}

function socketsOf(beside: string): HostSockets {
  return { line: `${beside}.host`, control: `${beside}.control` };
}

function answerFileOf(beside: string): string {
  return `${beside}.answer`;
}
