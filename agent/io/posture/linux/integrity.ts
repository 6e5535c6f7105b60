/** Reads boot and kernel state from sysfs, procfs and EFI variables. */
import { readFile, readdir } from "node:fs/promises";
import { release } from "node:os";
import {
  judgeLsm,
  judgeModuleSignatures,
  judgeSecureBoot,
  judgeTpm,
  readKernelRelease,
  readLockdown,
  readTaint,
} from "../../../core/posture/linux/integrity.ts";
import { judgeModules } from "../../../core/posture/linux/modules.ts";
import type { ModuleTaint } from "../../../core/posture/linux/modules.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { isAbsentOrDenied, isThere, readIfAllowed } from "../read-file.ts";

const variables = "/sys/firmware/efi/efivars";
const efiGlobal = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
const shim = "605dab50-e046-4300-abb6-3dd810dd8b23";

/** Returns the facts about boot and kernel. */
export async function collectIntegrity(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const firmware = {
    efi: await isThere("/sys/firmware/efi"),
    secureBoot: await readVariable(`SecureBoot-${efiGlobal}`),
    setupMode: await readVariable(`SetupMode-${efiGlobal}`),
    shimInsecure: await readVariable(`MokSBStateRT-${shim}`),
  };
  const [tpm] = await namesIn("/sys/class/tpm");
  const texts = {
    tpm: tpm === undefined ? null : await readIfAllowed(`/sys/class/tpm/${tpm}/tpm_version_major`),
    lockdown: await readIfAllowed("/sys/kernel/security/lockdown"),
    taint: await readIfAllowed("/proc/sys/kernel/tainted"),
    enforce: await readIfAllowed("/sys/module/module/parameters/sig_enforce"),
    active: await readIfAllowed("/sys/kernel/security/lsm"),
    selinuxEnforce: await readIfAllowed("/sys/fs/selinux/enforce"),
    apparmorEnabled: await readIfAllowed("/sys/module/apparmor/parameters/enabled"),
    apparmorProfiles: await readIfAllowed("/sys/kernel/security/apparmor/profiles"),
    release: release(),
  };
  const modules = await readModules();
  const lockdown = readLockdown(texts.lockdown);
  return observe(
    [
      ["boot.secure", judgeSecureBoot(firmware)],
      ["tpm.present", judgeTpm(tpm !== undefined, texts.tpm)],
      ["kernel.lockdown", lockdown],
      ["kernel.tainted", readTaint(texts.taint)],
      ["kernel.signed_modules_only", judgeModuleSignatures(texts.enforce, lockdown)],
      ["lsm.enforcing", judgeLsm(texts)],
      ["os.kernel", readKernelRelease(texts.release)],
      ["kernel.tainting_modules", judgeModules(modules)],
    ],
    {
      collector: "integrity",
      collectorVersion: 1,
      by: "os",
      text: JSON.stringify({ ...firmware, ...texts, modules }),
      tookMs: performance.now() - startedAt,
    },
  );
}

/** Modules that are built in show no letters. */
async function readModules(): Promise<readonly ModuleTaint[]> {
  const names = await namesIn("/sys/module");
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      letters: (await readIfAllowed(`/sys/module/${name}/taint`)) ?? "",
    })),
  );
  return found.filter(({ letters }) => letters.trim() !== "");
}

async function readVariable(name: string): Promise<Uint8Array | null> {
  try {
    return await readFile(`${variables}/${name}`);
  } catch (error) {
    if (isAbsentOrDenied(error)) return null;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await isThere(folder)) ? readdir(folder) : [];
}
