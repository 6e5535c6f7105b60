/** Reads who can become administrator. */
import { readdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed, unknown } from "#shared/posture/reading.ts";
import {
  adminGroupsOf,
  adminsOf,
  directoriesOf,
  knowsByName,
  letsInOthers,
  strangersOf,
} from "../../../core/posture/linux/users.ts";
import { inclusionsOf } from "../../../core/posture/linux/sudoers.ts";
import type { UserFiles } from "../../../core/posture/linux/users.ts";
import { runTool } from "../command.ts";
import { readAutologin } from "./autologin.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { isAbsentOrDenied, readIfAllowed, readIfThere } from "../read-file.ts";

/** A directory that is away may keep its caller waiting. */
const directoryDeadlineMs = 5_000;

/** Returns the facts about administrators; those of a directory service count as far as it names them. */
export async function collectUsers(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const sudoers = await readSudoers();
  const local = {
    passwd: (await readIfAllowed("/etc/passwd")) ?? "",
    group: (await readIfAllowed("/etc/group")) ?? "",
    sudoers: sudoers.text,
  };
  const directories = directoriesOf((await readIfAllowed("/etc/nsswitch.conf")) ?? "");
  const far = directories.accounts ? await askDirectory(local) : local;
  const files = far ?? local;
  const admins = adminsOf(files);
  const reading = (value: number | readonly string[]): Reading => {
    // Who else sudo lets through is not known then, so any list would be too short.
    if (sudoers.denied) return unknown("permission");
    if (far === null || directories.sudoers) return noData;
    if (letsInOthers(sudoers.text, directories.accounts)) return noData;
    return admins === null ? notParsed : known(value);
  };
  return observe(
    [
      ["users.admins", reading(admins ?? [])],
      ["users.admin_count", reading(admins?.length ?? 0)],
      ["users.autologin", await readAutologin()],
    ],
    {
      collector: "users",
      collectorVersion: 1,
      by: "os",
      text: `${files.passwd}\n${files.group}\n${files.sudoers ?? ""}`,
      tookMs: performance.now() - startedAt,
    },
  );
}

/** Returns the files with what the directory names of administrators; null where it did not answer. */
async function askDirectory(files: UserFiles): Promise<UserFiles | null> {
  const groups = await getent("group", adminGroupsOf(files.sudoers));
  if (groups === null) return null;
  const strangers = strangersOf(groups, files);
  const accounts = await getent("passwd", strangers);
  // Whom it calls otherwise would be counted under neither name.
  if (accounts === null || !knowsByName(accounts, strangers)) return null;
  return {
    passwd: `${files.passwd}\n${accounts}`,
    group: `${files.group}\n${groups}`,
    sudoers: files.sudoers,
  };
}

/** getent ends with 2 where it does not know all of the names. */
async function getent(database: string, names: readonly string[]): Promise<string | null> {
  if (names.length === 0) return "";
  const run = await runTool({
    candidates: ["/usr/bin/getent"],
    args: [database, ...names],
    deadlineMs: directoryDeadlineMs,
  });
  return run.kind === "ended" && [0, 2].includes(run.exitCode) ? run.stdout : null;
}

/** More files than this are a loop that we do not see, or a flood. */
const sudoersMax = 256;

/** What was read of sudoers; null where we may not read it all. */
interface SudoersText {
  readonly text: string | null;
  readonly denied: boolean;
}

/** Reads sudoers with all that it includes; the usual folder counts in any case. */
export async function readSudoers(main = "/etc/sudoers"): Promise<SudoersText> {
  const seen = new Map<string, string>();
  try {
    const open = [main, ...(await filesOf(`${main}.d`))];
    for (let path = open.shift(); path !== undefined; path = open.shift()) {
      if (seen.has(path)) continue;
      if (seen.size >= sudoersMax) return { text: null, denied: true };
      const text = await readIfThere(path);
      if (text === null && path === main) return { text: null, denied: false };
      seen.set(path, text ?? "");
      for (const { path: named, folder } of inclusionsOf(text ?? "")) {
        const target = resolve(dirname(path), named);
        open.push(...(folder ? await filesOf(target) : [target]));
      }
    }
    return { text: [...seen.values()].join("\n"), denied: false };
  } catch (error) {
    if (isAbsentOrDenied(error)) return { text: null, denied: true };
    throw error;
  }
}

/** sudo itself skips names with a dot or a tilde at the end. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(emptyWhenAbsent);
  return names
    .filter((name) => !name.includes(".") && !name.endsWith("~"))
    .map((name) => resolve(folder, name));
}

function emptyWhenAbsent(error: unknown): readonly string[] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}
