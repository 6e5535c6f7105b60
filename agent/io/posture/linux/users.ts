/** Reads who can become administrator. */
import { readdir } from "node:fs/promises";
import type { Reading } from "#shared/posture/fact.ts";
import { adminsOf } from "../../../core/posture/linux/users.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfAllowed } from "../read-file.ts";

/** Returns the facts about administrators. Accounts of directory services are seen only by local group. */
export async function collectUsers(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const files = {
    passwd: (await readIfAllowed("/etc/passwd")) ?? "",
    group: (await readIfAllowed("/etc/group")) ?? "",
    sudoers: await readSudoers(),
  };
  const admins = adminsOf(files);
  const reading = (value: number | readonly string[]): Reading =>
    admins === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value };
  return observe(
    [
      ["users.admins", reading(admins ?? [])],
      ["users.admin_count", reading(admins?.length ?? 0)],
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

async function readSudoers(): Promise<string | null> {
  const main = await readIfAllowed("/etc/sudoers");
  if (main === null) return null;
  const names = await readdir("/etc/sudoers.d").catch(() => []);
  // sudo itself skips names with a dot or a tilde at the end.
  const parts = await Promise.all(
    names
      .filter((name) => !name.includes(".") && !name.endsWith("~"))
      .map((name) => readIfAllowed(`/etc/sudoers.d/${name}`)),
  );
  return [main, ...parts.filter((part) => part !== null)].join("\n");
}
