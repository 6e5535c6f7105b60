/** Reads which system this is, whether it is still supported and whether it waits for a restart. */
import { known } from "#shared/posture/reading.ts";
import { parseOsRelease } from "../../../core/posture/linux/os-release.ts";
import { packageManagerOf } from "../../../core/posture/linux/package-tool.ts";
import { judgeReboot } from "../../../core/posture/linux/reboot.ts";
import { judgeRelease, readUptime } from "../../../core/posture/linux/release.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfThere } from "../read-file.ts";
import { imageSigns } from "./image-signs.ts";
import { rebootSigns } from "./reboot.ts";

/** Returns the facts about version, support and restart; never rejects. */
export async function collectRelease(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const text =
    (await readIfThere("/etc/os-release")) ?? (await readIfThere("/usr/lib/os-release")) ?? "";
  const manager = packageManagerOf(parseOsRelease(text), await imageSigns());
  const judged = judgeRelease(text, new Date().toISOString().slice(0, 10));
  const uptime = (await readIfThere("/proc/uptime")) ?? "";
  const signs = await rebootSigns();
  const source = {
    collector: "release",
    collectorVersion: 1,
    by: "os",
    tookMs: performance.now() - startedAt,
  } as const;
  return [
    ...observe(
      [
        ["os.product", judged.product],
        ["os.version", judged.version],
        [
          "os.package_manager",
          manager === null ? { kind: "unknown", reason: "unsupported_os" } : known(manager),
        ],
        ["os.supported", judged.supported],
        ["os.support_days_left", judged.daysLeft],
      ],
      { ...source, text },
    ),
    ...observe([["os.reboot_pending", judgeReboot(signs)]], {
      ...source,
      text: JSON.stringify(signs),
    }),
    ...observe([["os.uptime_days", readUptime(uptime)]], { ...source, text: uptime }),
  ];
}
