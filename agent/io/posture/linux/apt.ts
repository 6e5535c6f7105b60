/** Reads updates on Debian and Ubuntu. It never runs `apt-get update`: that is the administrator's choice. */
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import { aptRunsByItself } from "../../../core/posture/linux/advisories.ts";
import { judgeApt, parseAptUpgrade, parseReleaseDates } from "../../../core/posture/linux/apt.ts";
import type { AptLists } from "../../../core/posture/linux/apt.ts";
import { runTool } from "../command.ts";
import { readIfThere } from "../read-file.ts";
import { answerFolder, fingerprintOf, heldAnswer, keepAnswer } from "./held-answer.ts";
import type { HeldAnswer } from "./held-answer.ts";
import { blindLook } from "./patch-look.ts";
import type { PatchLook } from "./patch-look.ts";

const lists = "/var/lib/apt/lists";
const aptDeadlineMs = 120_000;

/** All that decides what apt would install; none of it changes by itself. */
const aptSources = [
  "/var/lib/dpkg/status",
  "/var/lib/apt/extended_states",
  lists,
  "/etc/apt",
  "/usr/bin/apt-get",
];

/** Returns what apt tells. */
export async function readApt(): Promise<PatchLook> {
  const startedAt = performance.now();
  const run = await simulate();
  if ("failed" in run) return blindLook("apt", run.failed);
  const upgrade = run.exitCode === 0 ? parseAptUpgrade(run.stdout) : null;
  const { tool, exitCode, stdout: text } = run;
  const judged = judgeApt(upgrade, await readLists(), Date.now());
  return {
    collector: "apt",
    ...judged,
    automatic: await readAutomatic(),
    text,
    tookMs: performance.now() - startedAt,
    tool,
    exitCode,
  };
}

/** Simulating takes seconds of processor, so it is done again only when something has changed. */
async function simulate(): Promise<HeldAnswer | { readonly failed: UnknownReason }> {
  const folder = answerFolder();
  const fingerprint = folder === null ? "" : await fingerprintOf(aptSources);
  const held = folder === null ? null : await heldAnswer(folder, "apt", fingerprint);
  if (held !== null) return held;
  const run = await runTool({
    candidates: ["/usr/bin/apt-get"],
    // Held packages are pending all the same.
    args: ["-s", "--ignore-hold", ...(await aptOptions(folder)), "dist-upgrade"],
    deadlineMs: aptDeadlineMs,
  });
  if (run.kind === "failed") return { failed: run.reason };
  const { tool, exitCode, stdout } = run;
  const answer = { tool, exitCode, stdout };
  if (folder !== null && exitCode === 0) await keepAnswer(folder, "apt", { fingerprint, answer });
  return answer;
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
async function readLists(): Promise<AptLists> {
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
  const there = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  const installed = await there("/usr/bin/unattended-upgrade");
  const timed =
    (await there("/run/systemd/system")) &&
    (await there("/etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer"));
  const value = installed && timed && aptRunsByItself(run.stdout);
  return { kind: "known", value };
}
