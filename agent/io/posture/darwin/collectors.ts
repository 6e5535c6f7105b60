/**
 * Readers of a Mac. Written after vendors' documents and recorded outputs; `docs/signals.md` marks
 * them as not run on a real machine.
 */
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import {
  judgeFileVault,
  judgeMacFirewall,
  judgeMacRelease,
  judgeMacSecureBoot,
  judgeMacUpdates,
  readMacAdmins,
  readMacPorts,
} from "../../../core/posture/darwin/system.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";

const toolDeadlineMs = 5_000;
/** system_profiler gathers for seconds on a busy Mac. */
const profilerDeadlineMs = 15_000;

interface Output {
  readonly text: string;
  readonly tool: string;
  readonly tookMs: number;
  readonly failed: UnknownReason | null;
}

async function output(
  tool: string,
  args: readonly string[],
  deadlineMs = toolDeadlineMs,
): Promise<Output> {
  const run = await runTool({ candidates: [tool], args, deadlineMs });
  return run.kind === "failed"
    ? { text: "", tool, tookMs: run.tookMs, failed: run.reason }
    : { text: run.stdout, tool, tookMs: run.tookMs, failed: null };
}

/** Readings of failed tools say why; the judgement sees only output. */
function judged(from: Output, judge: () => Reading): Reading {
  return from.failed === null ? judge() : { kind: "unknown", reason: from.failed };
}

function told(
  readings: readonly (readonly [string, Reading])[],
  from: readonly Output[],
): readonly Observation[] {
  return observe(readings, {
    collector: "darwin",
    collectorVersion: 1,
    by: "os",
    text: from.map(({ text }) => text).join("\n"),
    tookMs: from.reduce((sum, { tookMs }) => sum + tookMs, 0),
    tool: from[0]?.tool,
  });
}

/** Version and support. */
export async function collectMacRelease(): Promise<readonly Observation[]> {
  const file = "/System/Library/CoreServices/SystemVersion.plist";
  const from = await output("/usr/bin/plutil", ["-convert", "xml1", "-o", "-", "--", file]);
  const { version, supported } = judgeMacRelease(from.text, new Date().toISOString().slice(0, 10));
  return told(
    [
      ["os.version", judged(from, () => version)],
      ["os.supported", judged(from, () => supported)],
    ],
    [from],
  );
}

/** Pending updates from what Software Update already knows. */
export async function collectMacPatches(): Promise<readonly Observation[]> {
  const file = "/Library/Preferences/com.apple.SoftwareUpdate.plist";
  const from = await output("/usr/bin/plutil", ["-convert", "xml1", "-o", "-", "--", file]);
  const readings = judgeMacUpdates(from.text, Date.now(), Date.parse);
  return told(
    [
      ["os.security_updates", judged(from, () => readings.updates)],
      ["os.update_source_age_hours", judged(from, () => readings.sourceAge)],
      ["os.auto_update", judged(from, () => readings.automatic)],
    ],
    [from],
  );
}

/** FileVault of the data volume. */
export async function collectMacDisk(): Promise<readonly Observation[]> {
  const volume = await output("/usr/sbin/diskutil", ["info", "-plist", "/System/Volumes/Data"]);
  const status = await output("/usr/bin/fdesetup", ["status"]);
  const failed = volume.failed === null ? status : volume;
  const reading = judged(failed, () => judgeFileVault(volume.text, status.text));
  return told([["disk.encrypted", reading]], [volume, status]);
}

/** The application firewall. */
export async function collectMacFirewall(): Promise<readonly Observation[]> {
  const tool = "/usr/libexec/ApplicationFirewall/socketfilterfw";
  const from = await output(tool, ["--getglobalstate"]);
  return told([["firewall.enabled", judged(from, () => judgeMacFirewall(from.text))]], [from]);
}

/** Secure boot of the security chip. */
export async function collectMacBoot(): Promise<readonly Observation[]> {
  const args = ["-json", "SPiBridgeDataType"];
  const from = await output("/usr/sbin/system_profiler", args, profilerDeadlineMs);
  return told([["boot.secure", judged(from, () => judgeMacSecureBoot(from.text))]], [from]);
}

/** Administrators. */
export async function collectMacUsers(): Promise<readonly Observation[]> {
  const args = [".", "-read", "/Groups/admin", "GroupMembership"];
  const from = await output("/usr/bin/dscl", args);
  const admins = readMacAdmins(from.text);
  const reading = (value: number | readonly string[]) =>
    judged(from, () =>
      admins === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value },
    );
  return told(
    [
      ["users.admins", reading(admins ?? [])],
      ["users.admin_count", reading(admins?.length ?? 0)],
    ],
    [from],
  );
}

/** Listening TCP ports. */
export async function collectMacPorts(): Promise<readonly Observation[]> {
  const from = await output("/usr/sbin/lsof", ["-nP", "-iTCP", "-sTCP:LISTEN", "-F", "n"]);
  const ports = readMacPorts(from.text);
  const reading = judged(from, () =>
    ports === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value: ports },
  );
  return told([["ports.listening", reading]], [from]);
}
