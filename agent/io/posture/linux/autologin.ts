/** Looks whether a display manager or a console signs somebody in by itself. */
import { readdir } from "node:fs/promises";
import type { Reading } from "#shared/posture/fact.ts";
import { known, unknown } from "#shared/posture/reading.ts";
import { signsIn } from "../../../core/posture/linux/autologin.ts";
import type { LoginProgram } from "../../../core/posture/linux/autologin.ts";
import { isAbsentOrDenied, readIfThere } from "../read-file.ts";

const files: readonly (readonly [LoginProgram, string])[] = [
  ["gdm", "/etc/gdm3/daemon.conf"],
  ["gdm", "/etc/gdm3/custom.conf"],
  ["gdm", "/etc/gdm/custom.conf"],
  ["lightdm", "/etc/lightdm/lightdm.conf"],
  ["sddm", "/etc/sddm.conf"],
];

/** Folders whose files add to the ones above. */
const folders: readonly (readonly [LoginProgram, string])[] = [
  ["lightdm", "/etc/lightdm/lightdm.conf.d"],
  ["sddm", "/etc/sddm.conf.d"],
  ["getty", "/etc/systemd/system/getty@tty1.service.d"],
];

/** Returns `users.autologin`; a file that we may not read leaves it open. */
export async function readAutologin(): Promise<Reading> {
  try {
    const added = await Promise.all(
      folders.map(async ([program, folder]) =>
        (await namesIn(folder)).map((name) => [program, `${folder}/${name}`] as const),
      ),
    );
    for (const [program, file] of [...files, ...added.flat()]) {
      const text = await readIfThere(file);
      if (text !== null && signsIn(program, text)) return known(true);
    }
    return known(false);
  } catch (error) {
    if (isAbsentOrDenied(error)) return unknown("permission");
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".conf"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
