/** Reads updates on Fedora, RHEL, SUSE and Arch from what the package tools already know (no network). */
import { readdir, stat } from "node:fs/promises";
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData } from "#shared/posture/reading.ts";
import {
  countDnf4,
  countDnf5,
  countDnf5Table,
  countPacman,
  countZypper,
  dnfAppliesByItself,
  hasSystemAdvisories,
} from "../../../core/posture/linux/advisories.ts";
import { imageUpdatesItself, judgeImage } from "../../../core/posture/linux/image.ts";
import { ageHours } from "../../../core/posture/source-age.ts";
import { runTool } from "../command.ts";
import { isThere, readIfAllowed } from "../read-file.ts";
import { blindLook } from "./patch-look.ts";
import type { PatchLook } from "./patch-look.ts";
import { readTimer } from "./timer.ts";

const toolDeadlineMs = 120_000;
/** Metadata older than this says nothing about today's security updates. */
const oldestSourceHours = 72;

interface Question {
  readonly collector: string;
  readonly candidates: readonly string[];
  readonly args: readonly string[];
  readonly exitCodes: readonly number[];
  readonly count: (text: string, complaints: string) => number | null;
  readonly refreshedAt: () => Promise<number | null>;
  readonly automatic: () => Promise<Reading>;
}

async function ask(question: Question): Promise<PatchLook> {
  const { collector, candidates, args } = question;
  const run = await runTool({ candidates, args, deadlineMs: toolDeadlineMs, heavy: true });
  if (run.kind === "failed") return blindLook(collector, run.reason);
  const refreshedAt = await question.refreshedAt();
  const hours = refreshedAt === null ? null : ageHours(refreshedAt, Date.now());
  const ended = question.exitCodes.includes(run.exitCode);
  const count = ended ? question.count(run.stdout, run.stderr) : null;
  const stale = hours === null || hours > oldestSourceHours;
  return {
    collector,
    updates: stale
      ? { kind: "unknown", reason: "stale_source" }
      : count === null
        ? { kind: "unknown", reason: "parse" }
        : { kind: "known", value: count },
    sourceAge: hours === null ? noData : { kind: "known", value: hours },
    automatic: await question.automatic(),
    text: run.stdout,
    tookMs: run.tookMs,
    tool: run.tool,
    exitCode: run.exitCode,
  };
}

/** How one generation of dnf is asked; the first dnf5 knew no JSON. */
interface Dnf {
  readonly collector: string;
  readonly tool: string;
  readonly pending: readonly string[];
  readonly all: readonly string[];
  readonly count: (text: string) => number | null;
  readonly cache: string;
}

const dnf5Pending = ["-C", "advisory", "list", "--updates", "--security"];
const dnf5All = ["-C", "advisory", "list", "--all"];
const dnf5Table: Dnf = {
  collector: "dnf5",
  tool: "/usr/bin/dnf5",
  pending: dnf5Pending,
  all: dnf5All,
  count: countDnf5Table,
  cache: "/var/cache/libdnf5",
};
const dnf5: Dnf = {
  ...dnf5Table,
  pending: [...dnf5Pending, "--json"],
  all: [...dnf5All, "--json"],
  count: countDnf5,
};
const dnf4: Dnf = {
  collector: "dnf",
  tool: "/usr/bin/dnf",
  pending: ["-q", "-C", "updateinfo", "list", "--updates", "--security"],
  all: ["-q", "-C", "updateinfo", "list", "--all"],
  count: countDnf4,
  cache: "/var/cache/dnf",
};

/** Returns what dnf5 or dnf tells; without advisory metadata a zero means nothing. */
export async function readDnf(): Promise<PatchLook> {
  if (!(await isThere(dnf5.tool))) return askDnf(dnf4);
  const help = await runTool({
    candidates: [dnf5.tool],
    args: ["advisory", "list", "--help"],
    deadlineMs: toolDeadlineMs,
  });
  return askDnf(help.kind === "ended" && help.stdout.includes("--json") ? dnf5 : dnf5Table);
}

async function askDnf(dnf: Dnf): Promise<PatchLook> {
  const look = await ask({
    collector: dnf.collector,
    candidates: [dnf.tool],
    args: dnf.pending,
    exitCodes: [0],
    count: dnf.count,
    refreshedAt: () => newestOf(dnf.cache, "repodata/repomd.xml"),
    automatic: async () => {
      const text = await readIfAllowed("/etc/dnf/automatic.conf");
      if (text === null || !dnfAppliesByItself(text)) return known(false);
      return readTimer(/^dnf5?-automatic(-install)?\.timer$/);
    },
  });
  if (look.updates.kind !== "known" || look.updates.value !== 0) return look;
  return (await hasAdvisories(dnf)) ? look : { ...look, updates: noData };
}

/** CentOS Stream and third-party repositories carry no advisories: nothing listed is nothing known. */
async function hasAdvisories({ tool, all }: Dnf): Promise<boolean> {
  const run = await runTool({
    candidates: [tool],
    args: all,
    deadlineMs: toolDeadlineMs,
    heavy: true,
  });
  return run.kind === "ended" && run.exitCode === 0 && hasSystemAdvisories(run.stdout);
}

/** Returns what rpm-ostree tells of a system that is updated as one image. */
export async function readImage(): Promise<PatchLook> {
  const run = await runTool({
    candidates: ["/usr/bin/rpm-ostree"],
    args: ["status", "--json"],
    deadlineMs: toolDeadlineMs,
    heavy: true,
  });
  if (run.kind === "failed") return blindLook("rpm-ostree", run.reason);
  const { tool, exitCode, tookMs, stdout: text } = run;
  const settings = (await readIfAllowed("/etc/rpm-ostreed.conf")) ?? "";
  return {
    collector: "rpm-ostree",
    ...judgeImage(exitCode === 0 ? text : "", Date.now()),
    automatic: imageUpdatesItself(settings)
      ? await readTimer(/^rpm-ostreed-automatic\.timer$/)
      : known(false),
    text,
    tookMs,
    tool,
    exitCode,
  };
}

/** Returns what zypper tells. */
export function readZypper(): Promise<PatchLook> {
  return ask({
    collector: "zypper",
    candidates: ["/usr/bin/zypper"],
    args: ["-n", "--no-refresh", "--xmlout", "list-patches", "--category", "security"],
    exitCodes: [0, 100, 101, 102, 103],
    count: countZypper,
    refreshedAt: () => newestOf("/var/cache/zypp/raw", "cookie"),
    automatic: () => readTimer(/^(transactional-update|yast2-online-update).*\.timer$/),
  });
}

/** Returns what pacman tells; Arch names no security updates, so only "none pending" is an answer. */
export async function readPacman(): Promise<PatchLook> {
  const look = await ask({
    collector: "pacman",
    candidates: ["/usr/bin/pacman"],
    args: ["-Qu"],
    // Nothing to upgrade ends with 1.
    exitCodes: [0, 1],
    count: countPacman,
    refreshedAt: () => newestOf("/var/lib/pacman", "core.db"),
    automatic: () => Promise.resolve(known(false)),
  });
  const none = look.updates.kind !== "known" || look.updates.value === 0;
  return none ? look : { ...look, updates: noData };
}

/** Returns the newest change of `ROOT/FOLDER/NAME` over all folders, or null when there is none. */
async function newestOf(root: string, name: string): Promise<number | null> {
  const folders = await readdir(root).catch(() => []);
  const times = await Promise.all(
    folders.map((folder) =>
      stat(`${root}/${folder}/${name}`).then(
        (found) => found.mtimeMs,
        () => null,
      ),
    ),
  );
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}
