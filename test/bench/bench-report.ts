// The object that every `bench:*` prints as its last line with --json; people get a table.
import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { clone, goCommand } from "../lab/program-path.ts";
import type { Quantiles } from "./quantiles.ts";

/** A figure beside the most that it may be. */
export interface Aim {
  readonly name: string;
  readonly limit: number;
  readonly value: number | null;
  readonly met: boolean;
}

/** What was measured, with what and how, so that two reports can be compared. */
export interface BenchReport {
  readonly schema: string;
  readonly commit: string;
  readonly node: string;
  readonly go: string | null;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly startedAt: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly results: Readonly<Record<string, unknown>>;
  readonly aims: readonly Aim[];
}

/** An aim that was not measured counts as missed. */
export function aim(name: string, limit: number, value: number | null): Aim {
  return { name, limit, value, met: value !== null && value <= limit };
}

/** One line an aim, for people. */
export function aimLines({ aims }: Pick<BenchReport, "aims">): readonly string[] {
  return aims.map(({ name, limit, value, met }) => {
    return `${met ? "met   " : "MISSED"} ${name}: ${value ?? "-"} (limit ${limit})`;
  });
}

/** Adds what was run where. */
export function benchReport(
  part: Pick<BenchReport, "schema" | "startedAt" | "args" | "results" | "aims">,
): BenchReport {
  const { schema, startedAt, args, results, aims } = part;
  const go = goCommand();
  return {
    schema,
    commit: commitOf(),
    node: process.version,
    go: go.ok ? go.version : null,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    startedAt,
    args,
    results,
    aims,
  };
}

/** One row of the table for people. */
export function tableRow(name: string, figures: Quantiles): string {
  const { n, p50, p95, p99, max, p99IsMaximum } = figures;
  const cell = (value: number | null) => (value === null ? "-" : value.toFixed(2)).padStart(9);
  const note = p99IsMaximum ? "  (p99 = max: n < 100)" : "";
  return `${name.padEnd(10)}${String(n).padStart(6)}${[p50, p95, p99, max].map(cell).join("")}${note}`;
}

/** The head above rows of figures. */
export const tableHead = `${"ms".padEnd(10)}${"n".padStart(6)}${["p50", "p95", "p99", "max"]
  .map((name) => name.padStart(9))
  .join("")}`;

/** Hash of the checked-out commit, with `+` when files differ from it; unknown outside a clone. */
function commitOf(): string {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", clone, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  try {
    const dirty = git("status", "--porcelain", "--untracked-files=no").trim() === "" ? "" : "+";
    return `${git("rev-parse", "HEAD").trim()}${dirty}`;
  } catch {
    return "unknown";
  }
}
