/** Reads what firmware tells about the machine. */
import { readText } from "../read-file.ts";
import { judgeHardware } from "../../../core/posture/hardware.ts";
import type { HardwareSigns } from "../../../core/posture/hardware.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";

const serialFiles = ["product_serial", "board_serial", "chassis_serial"];

/** Where firmware shows itself; tests give other roots. */
export interface HardwareRoots {
  readonly dmi: string;
  readonly deviceTree: string;
}

/** Returns the facts about the machine; never rejects for what is missing. */
export async function collectHardware(
  roots: HardwareRoots = { dmi: "/sys/class/dmi/id", deviceTree: "/proc/device-tree" },
): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  let denied = false;
  const read = async (path: string): Promise<string | null> => {
    try {
      return await readText(path);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      denied ||= code === "EACCES" || code === "EPERM";
      return null;
    }
  };
  const vendor = await read(`${roots.dmi}/sys_vendor`);
  const model = await read(`${roots.dmi}/product_name`);
  const serials = await Promise.all([
    ...serialFiles.map((name) => read(`${roots.dmi}/${name}`)),
    read(`${roots.deviceTree}/serial-number`),
  ]);
  const signs: HardwareSigns = {
    vendor,
    // Machines without DMI tell their model in the device tree.
    model: model ?? (await read(`${roots.deviceTree}/model`)),
    serials,
    denied,
  };
  const judged = judgeHardware(signs);
  return observe(
    [
      ["hardware.vendor", judged.vendor],
      ["hardware.model", judged.model],
      ["hardware.serials", judged.serials],
    ],
    {
      collector: "hardware",
      collectorVersion: 1,
      by: "hw",
      text: JSON.stringify(signs),
      tookMs: performance.now() - startedAt,
    },
  );
}
