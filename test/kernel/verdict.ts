// What the emulated machine proved. Pure, so that the judgement itself is tested.
import type { LabReport } from "../lab/report.ts";

export interface MachineWords {
  readonly console: readonly string[];
  /** The lab's JSON object, or nothing when the machine did not get that far. */
  readonly answer: string;
  /** How many packages of Go tests must have ended well. */
  readonly goTests: number;
}

/** What the collector has to say of each disk, by the name that disks.ts gives it. */
const disks: Readonly<Record<string, boolean>> = {
  plain: false,
  luks2: true,
  "luks2 beside plain swap": false,
  "luks2 and plain as one volume": false,
  luks1: true,
};

/** No faults: the collector told encrypted disks from others. */
export function judgeDisks({ console }: Pick<MachineWords, "console">): {
  readonly faults: readonly string[];
} {
  const told = console.flatMap((line) => {
    const [, name, value] =
      /^disk: ([^:]+): \{"kind":"known","value":(true|false)\}/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value === "true"] as const];
  });
  const seen = new Map(told);
  const wrong = Object.entries(disks).filter(([name, encrypted]) => seen.get(name) !== encrypted);
  return { faults: wrong.map(([name]) => `disk ${name}: ${seen.get(name) ?? "nothing was told"}`) };
}

/** No faults: all of it held. */
export function judge(words: MachineWords): { readonly faults: readonly string[] } {
  return {
    faults: [...judgeDisks(words).faults, ...judgeGoTests(words).faults, ...judgeLab(words).faults],
  };
}

/** No faults: each package of Go tests ended well. */
export function judgeGoTests(words: Pick<MachineWords, "console" | "goTests">): {
  readonly faults: readonly string[];
} {
  const ends = words.console.flatMap((line) => {
    const [, name, code] = /^go-tests: (\S+) ended with (\d+)/.exec(line.trim()) ?? [];
    return name === undefined ? [] : [{ name, code }];
  });
  const faults = ends.filter(({ code }) => code !== "0").map(({ name }) => `Go tests of ${name}`);
  if (ends.length === words.goTests) return { faults };
  return { faults: [...faults, `${ends.length} packages of Go tests ran`] };
}

/** No faults: the lab's story went well with the kernel's own WireGuard. */
export function judgeLab({ answer }: Pick<MachineWords, "answer">): {
  readonly faults: readonly string[];
} {
  if (!answer.startsWith("{")) return { faults: ["the lab gave no report"] };
  const report = JSON.parse(answer) as LabReport;
  const faults: string[] = [];
  // Userspace WireGuard would prove nothing here.
  if (report.wireguard !== "kernel") faults.push(`WireGuard was ${report.wireguard ?? "absent"}`);
  if (!report.ok) faults.push(`the lab: ${report.failed?.detail ?? "not ok"}`);
  return { faults };
}
