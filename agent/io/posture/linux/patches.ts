/** Asks the package manager what it would install, how old its knowledge is and whether it acts by itself. */
import type { PackageManager } from "#shared/posture/package-tool.ts";
import { parseOsRelease } from "../../../core/posture/linux/os-release.ts";
import { packageManagerOf } from "../../../core/posture/linux/package-tool.ts";
import { observe } from "../observation.ts";
import type { Findings } from "../observation.ts";
import { readIfThere } from "../read-file.ts";
import { readApt } from "./apt.ts";
import { imageSigns } from "./image-signs.ts";
import { blindLook } from "./patch-look.ts";
import type { PatchLook } from "./patch-look.ts";
import { readDnf, readImage, readPacman, readZypper } from "./rpm-and-pacman.ts";

/**
 * Returns the facts about updates, and whether to look again once packages are at rest; at once nothing
 * where the package manager itself would have to be asked.
 */
export async function collectPatches(atOnce: boolean): Promise<Findings> {
  const values = parseOsRelease((await readIfThere("/etc/os-release")) ?? "");
  const manager = packageManagerOf(values, await imageSigns());
  const read = manager === null ? readNothing : readers[manager];
  const look = read === readApt ? await readApt({ atOnce }) : atOnce ? null : await read();
  if (look === null) return { observations: [], watched: [] };
  const observations = observe(
    [
      ["os.security_updates", look.updates],
      ["os.update_source_age_hours", look.sourceAge],
      ["os.auto_update", look.automatic],
    ],
    {
      collector: look.collector,
      collectorVersion: 1,
      by: "os",
      text: look.text,
      tookMs: look.tookMs,
      tool: look.tool,
      exitCode: look.exitCode,
    },
  );
  return { observations, watched: [], again: look.again === true };
}

const readers: Readonly<Record<PackageManager, () => Promise<PatchLook | null>>> = {
  apt: readApt,
  dnf: readDnf,
  zypper: readZypper,
  "transactional-update": readZypper,
  pacman: readPacman,
  "rpm-ostree": readImage,
};

const readNothing = () => Promise.resolve(blindLook("patches", "unsupported_os"));
