/** Where device management leaves settings on each system. */
import { statSync } from "node:fs";
import { type ReadSettings, readSettings } from "#shared/settings/managed-settings.ts";
import { parsePlist } from "../../core/posture/darwin/plist.ts";
import { runTool } from "../posture/command.ts";
import { plistOf } from "../posture/darwin/output.ts";
import { openManagedFiles } from "./managed-files.ts";
import { parseRegistry } from "./registry-text.ts";

/** Registry key of the policies that the ADMX template writes. */
const registryKey = "HKLM\\SOFTWARE\\Policies\\Sallyport\\Agent";
const preferencesFile = "/Library/Managed Preferences/dev.sallyport.agent.plist";
const toolDeadlineMs = 5_000;

const nothing: ReadSettings = { values: {}, problems: [] };

/** Returns what reads the settings anew; where they cannot be read, what was read before stays. */
export function openManagedSource(
  platform: NodeJS.Platform,
  directory: string,
): () => Promise<ReadSettings> {
  if (platform === "darwin") return keeping(() => readPreferences(preferencesFile));
  const files = openManagedFiles(directory);
  if (platform !== "win32") return () => Promise.resolve(files());
  const policies = keeping(readRegistry);
  return async () => over(await policies(), files());
}

/** What the installer was told stands in files, and policies win over it. */
function over(policies: ReadSettings, files: ReadSettings): ReadSettings {
  return {
    values: { ...files.values, ...policies.values },
    problems: [...policies.problems, ...files.problems],
  };
}

function keeping(read: () => Promise<ReadSettings>): () => Promise<ReadSettings> {
  let last = nothing;
  return async () => {
    const now = await read();
    const unread = now.problems.some(({ key }) => key === "");
    if (!unread) last = now;
    return unread ? { values: last.values, problems: now.problems } : now;
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
