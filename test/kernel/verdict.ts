// What the emulated machine proved. Pure, so that the judgement itself is tested.
import type { LabReport } from "../lab/report.ts";
import { goPackages, goTestFolder, type KernelPart, scenarios } from "./parts.ts";

/** What the emulated machine said on its console. */
export interface MachineWords {
  readonly console: readonly string[];
  /** The lab's JSON object, or nothing when the machine did not get that far. */
  readonly answer: string;
}

/** What the collector has to say of each disk, by the name that disks.ts gives it. */
const disks: Readonly<Record<string, boolean>> = {
  plain: false,
  luks2: true,
  "luks2 beside plain swap": false,
  "luks2 and plain as one volume": false,
  luks1: true,
};

const judges: Readonly<Record<KernelPart, (words: MachineWords) => readonly string[]>> = {
  disks: judgeDisks,
  netd: (words) => judgeGoTests(words, goPackages.netd ?? []),
  lab: judgeLab,
  scenarios: judgeScenarios,
  pause: (words) => judgeGoTests(words, goPackages.pause ?? []),
};

/** The faults of a part: none when all of it held. */
export function judge(part: KernelPart, words: MachineWords): readonly string[] {
  return judges[part](words);
}

/** The collector has to tell encrypted disks from others. */
function judgeDisks({ console }: MachineWords): readonly string[] {
  const told = console.flatMap((line) => {
    const [, name, value] =
      /^disk: ([^:]+): \{"kind":"known","value":(true|false)\}/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value === "true"] as const];
  });
  const seen = new Map(told);
  const wrong = Object.entries(disks).filter(([name, encrypted]) => seen.get(name) !== encrypted);
  return wrong.map(([name]) => `disk ${name}: ${seen.get(name) ?? "nothing was told"}`);
}

/** Each package has to end well, with a test that passed: a skip would prove nothing. */
function judgeGoTests({ console }: MachineWords, packages: readonly string[]): readonly string[] {
  const ends = new Map<string, string>();
  let passed = 0;
  for (const line of console) {
    if (line.startsWith("--- PASS: ")) passed += 1;
    const [, name, code] = /^go-tests: (\S+) ended with (\d+)/.exec(line.trim()) ?? [];
    if (name === undefined || code === undefined) continue;
    ends.set(name, code !== "0" ? `ended with ${code}` : passed > 0 ? "passed" : "ran no test");
    passed = 0;
  }
  return packages.flatMap((name) => {
    const end = ends.get(goTestFolder(name)) ?? "never ended";
    return end === "passed" ? [] : [`Go tests of ${name}: ${end}`];
  });
}

/** The story has to go well with the kernel's own WireGuard. */
function judgeLab({ answer }: MachineWords): readonly string[] {
  if (!answer.startsWith("{")) return ["the lab gave no report"];
  const report = JSON.parse(answer) as LabReport;
  const faults: string[] = [];
  // Userspace WireGuard would prove nothing here.
  if (report.wireguard !== "kernel") faults.push(`WireGuard was ${report.wireguard ?? "absent"}`);
  if (!report.ok) faults.push(`the lab: ${report.failed?.detail ?? "not ok"}`);
  return faults;
}

/** Every file has to end with a capture that saw the tunnel, nothing in clear, and no test left out. */
function judgeScenarios({ console }: MachineWords): readonly string[] {
  const lines = console.map((line) => line.trim());
  const faults = scenarios.flatMap((name) => {
    const capture = new RegExp(`^capture: test/e2e/${name}\\.test\\.ts: .*, 0 in clear$`);
    return lines.some((line) => capture.test(line)) ? [] : [`${name}: no clean capture`];
  });
  if (!lines.includes("WireGuard of the lab: kernel"))
    faults.push("WireGuard was not the kernel's");
  const end = lines.findLast((line) => /^\d+ passed, \d+ failed, \d+ skipped$/.test(line));
  if (end === undefined) return [...faults, "the scenarios did not end"];
  if (!end.endsWith(" 0 failed, 0 skipped")) faults.push(`the scenarios: ${end}`);
  return faults;
}
