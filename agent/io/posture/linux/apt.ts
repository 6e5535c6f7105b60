/** Reads updates on Debian and Ubuntu. It never runs `apt-get update`: that is the administrator's choice. */
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import { known } from "#shared/posture/reading.ts";
import { aptRunsByItself } from "../../../core/posture/linux/advisories.ts";
import { judgeApt, parseAptUpgrade, parseReleaseDates } from "../../../core/posture/linux/apt.ts";
import type { AptLists, AptUpgrade } from "../../../core/posture/linux/apt.ts";
import { readSecuritySources } from "../../../core/posture/linux/apt-sources.ts";
import { readPackageVersions, remainingUpgrade } from "../../../core/posture/linux/apt-progress.ts";
import type { PackageVersions } from "../../../core/posture/linux/apt-progress.ts";
import { runTool } from "../command.ts";
import type { ToolRun } from "../command.ts";
import { isThere, readIfThere } from "../read-file.ts";
import { answerFolder, fingerprintOf, keepAnswer, lastAnswer } from "./held-answer.ts";
import type { HeldAnswer } from "./held-answer.ts";
import { blindLook } from "./patch-look.ts";
import type { PatchLook } from "./patch-look.ts";
import { readTimer } from "./timer.ts";

const aptDeadlineMs = 120_000;
const policyDeadlineMs = 20_000;
/** Apt itself is asked once dpkg has rested this long: an upgrade of many packages is one change. */
const dpkgRestsMs = 60_000;

/** All that decides what apt would install; none of it changes by itself. Tests give other places. */
export interface AptPlaces {
  readonly status: string;
  readonly states: string;
  readonly lists: string;
  readonly settings: string;
  readonly program: string;
  /** Names where packages come from, and what goes first. */
  readonly policy: string;
  /** Kept to tests: programs in folders that anybody may write are refused otherwise. */
  readonly trust?: ToolRun["trust"];
}

const systemPlaces: AptPlaces = {
  status: "/var/lib/dpkg/status",
  states: "/var/lib/apt/extended_states",
  lists: "/var/lib/apt/lists",
  settings: "/etc/apt",
  program: "/usr/bin/apt-get",
  policy: "/usr/bin/apt-cache",
};

/** How apt is asked. */
export interface AptQuestion {
  readonly places?: AptPlaces;
  /** Only what is known without asking apt itself. */
  readonly atOnce?: boolean;
}

/** Returns what apt tells; null where it would have to be asked and may not be. */
export async function readApt({
  places = systemPlaces,
  atOnce = false,
}: AptQuestion = {}): Promise<PatchLook | null> {
  const startedAt = performance.now();
  const run = await simulate(places, atOnce);
  if (run === null) return null;
  if ("failed" in run) return blindLook("apt", run.failed);
  const { tool, exitCode, stdout, left } = run;
  const policy = await readPolicy(places);
  const security = readSecuritySources(policy);
  // Whoever looks why wants to see what goes first.
  const text = security === "first" ? stdout : `${policy}\n${stdout}`;
  const upgrade = left ?? (exitCode === 0 ? parseAptUpgrade(stdout) : null);
  return {
    collector: "apt",
    ...judgeApt(upgrade, { ...(await readLists(places.lists)), security }, Date.now()),
    automatic: await readAutomatic(),
    text: left === undefined ? text : `left of it by dpkg: ${JSON.stringify(left)}\n${text}`,
    tookMs: performance.now() - startedAt,
    tool,
    exitCode,
    again: left !== undefined,
  };
}

/** What apt said, and what dpkg says is left of it where it has moved since. */
type Simulation = HeldAnswer & { readonly left?: AptUpgrade };

/** Simulating takes seconds of processor, so it is done again only when something has changed. */
async function simulate(
  places: AptPlaces,
  atOnce: boolean,
): Promise<Simulation | { readonly failed: UnknownReason } | null> {
  const folder = answerFolder();
  if (folder === null) return atOnce ? null : runSimulation(places, null);
  const settled = await fingerprintOf([places.lists, places.settings, places.program]);
  const moving = await fingerprintOf([places.status, places.states]);
  const fingerprint = `${settled} ${moving}`;
  const last = await lastAnswer(folder, "apt");
  if (last?.fingerprint === fingerprint) return last.answer;
  const versions = readPackageVersions((await readIfThere(places.status)) ?? "");
  const stands = last?.fingerprint.startsWith(`${settled} `) === true;
  if (last !== null && stands && (await moves(places.status))) {
    const left = leftOf(last.answer, versions);
    if (left !== null) return { ...last.answer, left };
  }
  if (atOnce) return null;
  const answer = await runSimulation(places, folder);
  if ("failed" in answer || answer.exitCode !== 0 || versions === null) return answer;
  const basis = JSON.stringify([...versions]);
  await keepAnswer(folder, "apt", { fingerprint, answer: { ...answer, basis } });
  return answer;
}

/** Tells whether dpkg has just changed something; a time that lies ahead tells nothing. */
async function moves(status: string): Promise<boolean> {
  const found = await stat(status).catch(() => null);
  const restedMs = found === null ? -1 : Date.now() - found.mtimeMs;
  return restedMs >= 0 && restedMs < dpkgRestsMs;
}

/** Returns what is left of a simulation by what dpkg has done since; null where apt has to tell. */
function leftOf({ stdout, basis }: HeldAnswer, now: PackageVersions | null): AptUpgrade | null {
  const before = new Map(JSON.parse(basis ?? "[]") as [string, string | null][]);
  return now === null || before.size === 0 ? null : remainingUpgrade(stdout, before, now);
}

/** Lists and settings alone decide about it. */
async function readPolicy({ lists, settings, policy, trust }: AptPlaces): Promise<string> {
  const folder = answerFolder();
  const fingerprint = await fingerprintOf([lists, settings, policy]);
  const last = folder === null ? null : await lastAnswer(folder, "apt-policy");
  if (last?.fingerprint === fingerprint) return last.answer.stdout;
  const run = await runTool({
    candidates: [policy],
    args: [...(await aptOptions(folder)), "policy"],
    deadlineMs: policyDeadlineMs,
    heavy: true,
    ...(trust === undefined ? {} : { trust }),
  });
  if (run.kind === "failed" || run.exitCode !== 0) return "";
  const { tool, exitCode, stdout } = run;
  if (folder !== null) {
    await keepAnswer(folder, "apt-policy", { fingerprint, answer: { tool, exitCode, stdout } });
  }
  return stdout;
}

async function runSimulation(
  { program, status, trust }: AptPlaces,
  folder: string | null,
): Promise<HeldAnswer | { readonly failed: UnknownReason }> {
  // Where no package is known to be installed, none is pending.
  if (!/^Package: \S/m.test((await readIfThere(status)) ?? "")) return { failed: "parse" };
  const run = await runTool({
    candidates: [program],
    // Held packages are pending all the same.
    args: ["-s", "--ignore-hold", ...(await aptOptions(folder)), "dist-upgrade"],
    deadlineMs: aptDeadlineMs,
    heavy: true,
    ...(trust === undefined ? {} : { trust }),
  });
  if (run.kind === "failed") return { failed: run.reason };
  const { tool, exitCode, stdout } = run;
  return { tool, exitCode, stdout };
}

/** What apt read of its lists is kept in a folder of ours: the system's cache is not ours to write. */
async function aptOptions(folder: string | null): Promise<readonly string[]> {
  const cache = folder === null ? null : await ownCache(join(folder, "apt"));
  const kept = ["Dir::Cache::pkgcache=pkgcache.bin", "Dir::Cache::srcpkgcache=srcpkgcache.bin"];
  const options = cache === null ? [] : [`Dir::Cache=${cache}`, ...kept];
  return ["Debug::NoLocking=true", ...options].flatMap((option) => ["-o", option]);
}

/** A full or read-only disk costs some processor, nothing else. */
function ownCache(place: string): Promise<string | null> {
  return mkdir(place, { recursive: true, mode: 0o700 }).then(
    () => place,
    () => null,
  );
}

/**
 * The folder `partial` moves at each `apt-get update`, even when every answer was "unchanged"; the
 * times of the list files are the server's.
 */
async function readLists(lists: string): Promise<Omit<AptLists, "security">> {
  const partial = await stat(`${lists}/partial`).catch(() => null);
  const names = await readdir(lists).catch(() => []);
  const files = names.filter((name) => name.endsWith("InRelease"));
  const heads = await Promise.all(files.map((name) => readIfThere(`${lists}/${name}`)));
  return {
    checkedAt: partial?.mtimeMs ?? null,
    releases: heads.map((text) => parseReleaseDates((text ?? "").slice(0, 4_096))),
  };
}

async function readAutomatic(): Promise<Reading> {
  const run = await runTool({
    candidates: ["/usr/bin/apt-config"],
    args: ["dump"],
    deadlineMs: 5_000,
  });
  if (run.kind === "failed") return { kind: "unknown", reason: run.reason };
  if (run.exitCode !== 0) return { kind: "unknown", reason: "parse" };
  const installed = await isThere("/usr/bin/unattended-upgrade");
  if (!installed || !aptRunsByItself(run.stdout)) return known(false);
  return readTimer(/^apt-daily-upgrade\.timer$/);
}
