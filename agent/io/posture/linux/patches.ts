/** Asks the package manager what it would install, and how old its knowledge is. */
import { readdir, stat } from "node:fs/promises";
import type { Reading } from "#shared/posture/fact.ts";
import { judgeApt, parseAptUpgrade, parseReleaseDates } from "../../../core/posture/linux/apt.ts";
import type { AptLists } from "../../../core/posture/linux/apt.ts";
import { parseOsRelease } from "../../../core/posture/linux/os-release.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfThere } from "../read-file.ts";

const lists = "/var/lib/apt/lists";
const aptDeadlineMs = 120_000;

/** Returns the facts about pending security updates; never rejects. */
export async function collectPatches(): Promise<readonly Observation[]> {
  const values = parseOsRelease((await readIfThere("/etc/os-release")) ?? "");
  const family = `${values.get("ID") ?? ""} ${values.get("ID_LIKE") ?? ""}`.split(" ");
  if (family.includes("debian") || family.includes("ubuntu")) return collectApt();
  return unreadable({ kind: "unknown", reason: "unsupported_os" });
}

async function collectApt(): Promise<readonly Observation[]> {
  const run = await runTool({
    candidates: ["/usr/bin/apt-get"],
    args: ["-s", "-o", "Debug::NoLocking=true", "dist-upgrade"],
    deadlineMs: aptDeadlineMs,
  });
  if (run.kind === "failed") return unreadable({ kind: "unknown", reason: run.reason });
  const upgrade = run.exitCode === 0 ? parseAptUpgrade(run.stdout) : null;
  const { updates, sourceAge } = judgeApt(upgrade, await readLists(), Date.now());
  return observe(
    [
      ["os.security_updates", updates],
      ["os.update_source_age_hours", sourceAge],
    ],
    {
      collector: "apt",
      collectorVersion: 1,
      by: "os",
      text: run.stdout,
      tookMs: run.tookMs,
      tool: run.tool,
      exitCode: run.exitCode,
    },
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

function unreadable(reading: Reading): readonly Observation[] {
  return observe(
    [
      ["os.security_updates", reading],
      ["os.update_source_age_hours", reading],
    ],
    { collector: "patches", collectorVersion: 1, by: "os", text: "", tookMs: 0 },
  );
}
