/** Where device management leaves settings on each system. */
import { statSync } from "node:fs";
import { type ReadSettings, readSettings } from "#shared/settings/managed-settings.ts";
import type { SettingValues } from "#shared/settings/setting-catalogue.ts";
import { type HeldSettings, holdSettings } from "../../core/held-settings.ts";
import { parsePlist } from "../../core/posture/darwin/plist.ts";
import { runTool } from "../posture/command.ts";
import { plistOf } from "../posture/darwin/output.ts";
import type { KnownSettings } from "./kept-settings.ts";
import { type HeldFiles, openManagedFiles } from "./managed-files.ts";
import { parseRegistry } from "./registry-text.ts";

/** Registry key of the policies that the ADMX template writes. */
const registryKey = "HKLM\\SOFTWARE\\Policies\\Sallyport\\Agent";
const preferencesFile = "/Library/Managed Preferences/dev.sallyport.agent.plist";
const toolDeadlineMs = 5_000;

const nothing: ReadSettings = { values: {}, problems: [] };

/** What device management says now, and what of it was read well. */
interface Managed extends HeldSettings {
  readonly known: KnownSettings;
}

/**
 * Returns what reads the settings anew; what is in trouble keeps what it said before, `kept` an earlier
 * run's reading. `keep` is told each reading and answers why it could not be kept.
 */
export function openManagedSource(
  look: () => Promise<Managed>,
  keep: ((known: KnownSettings) => string | null) | null,
): () => Promise<ReadSettings> {
  return async () => {
    const { values, problems, isUnknown, known } = await look();
    const unkept = keep?.(known) ?? null;
    return {
      // Whatever it would lock is not known, so what it leaves open most often is closed.
      values: isUnknown ? { AllowUserDisconnect: false, ...values } : values,
      problems: unkept === null ? problems : [...problems, { key: "", why: unkept }],
    };
  };
}

/** Returns a look at what a system has; `kept` is what an earlier run read of it. */
export function lookOf(
  platform: NodeJS.Platform,
  directory: string,
  kept: KnownSettings,
): () => Promise<Managed> {
  if (platform === "darwin") {
    const policies = keeping(() => readPreferences(preferencesFile), kept.policies);
    return async () => {
      const held = await policies();
      return { ...held, known: { files: null, policies: held.known } };
    };
  }
  const files = openManagedFiles(directory, kept.files);
  if (platform !== "win32") {
    return () => {
      const held = files();
      return Promise.resolve({ ...held, known: { files: held.known, policies: null } });
    };
  }
  const policies = keeping(readRegistry, kept.policies);
  return async () => over(await policies(), files());
}

/** What the installer was told stands in files, and policies win over it. */
function over(policies: HeldPolicies, files: HeldFiles): Managed {
  return {
    values: { ...files.values, ...policies.values },
    problems: [...policies.problems, ...files.problems],
    isUnknown: policies.isUnknown || files.isUnknown,
    known: { files: files.known, policies: policies.known },
  };
}

interface HeldPolicies extends HeldSettings {
  readonly known: SettingValues | null;
}

/** Returns what reads one source anew; it keeps what it said before while it is in trouble. */
export function keeping(
  read: () => Promise<ReadSettings>,
  kept: SettingValues | null,
): () => Promise<HeldPolicies> {
  let last = kept;
  return async () => {
    const held = holdSettings(last, await read());
    if (!held.isUnknown || Object.keys(held.values).length > 0) last = held.values;
    return { ...held, known: last };
  };
}

async function readRegistry(): Promise<ReadSettings> {
  const system = process.env["SystemRoot"] ?? "C:\\Windows";
  const run = await runTool({
    candidates: [`${system}\\System32\\reg.exe`],
    args: ["query", registryKey],
    deadlineMs: toolDeadlineMs,
  });
  if (run.kind === "failed") return unreadable(`reg.exe: ${run.reason}`);
  // Its answer where there is no such key: nothing is managed.
  return run.exitCode === 0 ? readSettings(parseRegistry(run.stdout)) : nothing;
}

async function readPreferences(path: string): Promise<ReadSettings> {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return nothing;
  if (file.uid !== 0 || (file.mode & 0o022) !== 0) return unreadable(`${path}: not root's alone`);
  const { text, failed } = await plistOf(path);
  if (failed !== null) return unreadable(`${path}: ${failed}`);
  return readSettings(parsePlist(text));
}

function unreadable(why: string): ReadSettings {
  return { values: {}, problems: [{ key: "", why }] };
}
