/** Looks for signs that a restart is due. */
import { readdir } from "node:fs/promises";
import { release } from "node:os";
import type { RebootSigns } from "../../../core/posture/linux/reboot.ts";
import { runTool } from "../command.ts";
import { isThere } from "../read-file.ts";

/** Files that stand while a restart is due: of Debian and Ubuntu, of SUSE, of image based systems. */
const rebootMarkers = [
  "/run/reboot-required",
  "/run/reboot-needed",
  "/run/ostree/staged-deployment",
];

/** What writes one of them, so that its absence means something. */
const markerWriters = [
  "/usr/share/update-notifier/notify-reboot-required",
  "/etc/kernel/postinst.d/unattended-upgrades",
  "/usr/bin/zypper",
  "/run/ostree-booted",
];

const toolDeadlineMs = 20_000;

/** Returns the signs; what cannot be asked is null. */
export async function rebootSigns(): Promise<RebootSigns> {
  return {
    marked: (await Promise.all(rebootMarkers.map(isThere))).some(Boolean),
    markerKept: (await Promise.all(markerWriters.map(isThere))).some(Boolean),
    asked: await askDnf(),
    running: release(),
    installed: await installedKernels(),
  };
}

/** Ends with 1 where core libraries or services were updated since the start. */
async function askDnf(): Promise<boolean | null> {
  const run = await runTool({
    candidates: ["/usr/bin/dnf5", "/usr/bin/dnf"],
    args: ["needs-restarting", "-r"],
    deadlineMs: toolDeadlineMs,
    heavy: true,
  });
  if (run.kind === "failed") return null;
  // Without the plugin it ends with 1 as well, but says nothing on standard output.
  if (run.exitCode === 1 && /\breboot\b/i.test(run.stdout)) return true;
  return run.exitCode === 0 ? false : null;
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
