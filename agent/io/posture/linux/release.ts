/** Reads which system this is, whether it is still supported and whether it waits for a restart. */
import { readdir, stat } from "node:fs/promises";
import { release } from "node:os";
import { judgeReboot } from "../../../core/posture/linux/reboot.ts";
import { judgeRelease, readUptime } from "../../../core/posture/linux/release.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfThere } from "../read-file.ts";

/** Hooks that write `/run/reboot-required` after updates. */
const markerWriters = [
  "/usr/share/update-notifier/notify-reboot-required",
  "/etc/kernel/postinst.d/unattended-upgrades",
];

/** Returns the facts about version, support and restart; never rejects. */
export async function collectRelease(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const text =
    (await readIfThere("/etc/os-release")) ?? (await readIfThere("/usr/lib/os-release")) ?? "";
  const judged = judgeRelease(text, new Date().toISOString().slice(0, 10));
  const uptime = (await readIfThere("/proc/uptime")) ?? "";
  const signs = {
    marked: await isThere("/run/reboot-required"),
    markerKept: (await Promise.all(markerWriters.map(isThere))).some(Boolean),
    running: release(),
    installed: await installedKernels(),
  };
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

async function installedKernels(): Promise<readonly string[]> {
  const boot = await namesIn("/boot");
  const images = boot.flatMap((name) => /^vmlinuz-(.+)$/.exec(name)?.[1] ?? []);
  if (images.length > 0) return images;
  const modules = await namesIn("/usr/lib/modules");
  const withKernel = await Promise.all(
    modules.map(async (name) =>
      (await isThere(`/usr/lib/modules/${name}/vmlinuz`)) ? name : null,
    ),
  );
  return withKernel.filter((name) => name !== null);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
