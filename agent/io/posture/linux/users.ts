/** Reads who can become administrator. */
import { readdir } from "node:fs/promises";
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed, unknown } from "#shared/posture/reading.ts";
import { adminsOf } from "../../../core/posture/linux/users.ts";
import { readAutologin } from "./autologin.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { isAbsentOrDenied, readIfAllowed, readIfThere } from "../read-file.ts";

/** Returns the facts about administrators. Accounts of directory services are seen only by local group. */
export async function collectUsers(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const sudoers = await readSudoers();
  const files = {
    passwd: (await readIfAllowed("/etc/passwd")) ?? "",
    group: (await readIfAllowed("/etc/group")) ?? "",
    sudoers: sudoers.text,
  };
  const admins = adminsOf(files);
  const reading = (value: number | readonly string[]): Reading => {
    // Who else sudo lets through is not known then, so any list would be too short.
    if (sudoers.denied) return unknown("permission");
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

async function readSudoers(): Promise<{ text: string | null; denied: boolean }> {
  try {
    const main = await readIfThere("/etc/sudoers");
    if (main === null) return { text: null, denied: false };
    // sudo itself skips names with a dot or a tilde at the end.
    const names = (await readdir("/etc/sudoers.d").catch(emptyWhenAbsent)).filter(
      (name) => !name.includes(".") && !name.endsWith("~"),
    );
    const parts = await Promise.all(names.map((name) => readIfThere(`/etc/sudoers.d/${name}`)));
    return { text: [main, ...parts.filter((part) => part !== null)].join("\n"), denied: false };
  } catch (error) {
    if (isAbsentOrDenied(error)) return { text: null, denied: true };
    throw error;
  }
}

function emptyWhenAbsent(error: unknown): readonly string[] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}
