/** Carries out the organisation's own checks, which root alone can have written. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { notParsed, unknown } from "#shared/posture/reading.ts";
import { judgeChecks } from "../../../core/posture/checks.ts";
import type { Check, CheckReadings, CheckResult } from "../../../core/posture/checks.ts";
import { parseChecks } from "../checks-file.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfThere } from "../read-file.ts";
import { trustTool } from "../trusted-tool.ts";
import { runningHere, runningPrograms } from "./processes.ts";
import type { ProcessView } from "./processes.ts";

/** Larger files are not read: a check must not become a load. */
const bytesMax = 64 * 1024 * 1024;

/** Where the checks are and who vouches for the file; tests give others. */
export interface CheckPlaces {
  readonly file: string;
  readonly proc: string;
  readonly trust: typeof trustTool;
}

const usualPlaces: CheckPlaces = {
  file: "/etc/sallyport/checks.json",
  proc: "/proc",
  trust: trustTool,
};

/** Returns the facts about the organisation's own checks. */
export async function collectChecks(
  places: CheckPlaces = usualPlaces,
): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const { readings, text } = await carryOut(places);
  return observe(
    [
      ["checks.passed", readings.passed],
      ["checks.failed", readings.failed],
    ],
    {
      collector: "checks",
      collectorVersion: 1,
      by: "os",
      text,
      tookMs: performance.now() - startedAt,
    },
  );
}

async function carryOut(places: CheckPlaces): Promise<{ readings: CheckReadings; text: string }> {
  const both = (reading: CheckReadings["passed"], text: string) => ({
    readings: { passed: reading, failed: reading },
    text,
  });
  const distrust = await places.trust(places.file);
  if (distrust === "tool_missing") {
    return both({ kind: "notApplicable", proof: "no checks are set" }, "no file");
  }
  // Whoever may write the file could ask for nothing and pass.
  if (distrust !== null) return both(unknown(distrust), "not root's file");
  const checks = parseChecks((await readIfThere(places.file)) ?? "");
  if (checks === null) return both(notParsed, "not understood");
  const view = await runningPrograms(places.proc);
  const results: CheckResult[] = [];
  for (const check of checks) {
    results.push({ id: check.id, holds: await holds(check, view, places.proc) });
  }
  return { readings: judgeChecks(results), text: JSON.stringify(results) };
}

async function holds(check: Check, view: ProcessView, proc: string): Promise<boolean | null> {
  if (check.kind === "file") return fileHolds(check.path, check.sha256, constants.O_NOFOLLOW);
  // A replaced program shows as `PATH (deleted)`, which is another path.
  const named = view.programs.filter(({ path }) => path === check.path);
  const running = await runningHere(named, proc);
  if (running.length === 0) return view.hidden.length > 0 ? null : false;
  if (check.sha256 === null) return true;
  const each = await Promise.all(
    running.map(({ pid }) => fileHolds(`${proc}/${pid}/exe`, check.sha256, 0)),
  );
  // One of them that is something else is enough.
  return each.includes(false) ? false : each.includes(null) ? null : true;
}

/** Whether a plain file is there and has the digest; not for links, devices and pipes. */
async function fileHolds(
  path: string,
  sha256: string | null,
  flags: number,
): Promise<boolean | null> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" ? false : null;
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return false;
    if (sha256 === null) return true;
    if (found.size > bytesMax) return null;
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of file.createReadStream({ autoClose: false })) {
      size += (piece as Buffer).length;
      if (size > bytesMax) return null;
      hash.update(piece as Buffer);
    }
    return hash.digest("hex") === sha256;
  } finally {
    await file.close();
  }
}
