/** Reads model and serial number. Not run on a real Mac. */
import { readMacSerial } from "../../../core/posture/darwin/hardware.ts";
import { judgeHardware } from "../../../core/posture/hardware.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

/** Model and serial number. */
export async function collectMacHardware(): Promise<readonly Observation[]> {
  const from = await output("/usr/sbin/ioreg", ["-rd1", "-c", "IOPlatformExpertDevice", "-a"]);
  // ioreg prints the model as bytes; sysctl as text.
  const model = await output("/usr/sbin/sysctl", ["-n", "hw.model"]);
  const readings = judgeHardware({
    vendor: "Apple",
    model: model.text,
    serials: [readMacSerial(from.text)],
    denied: false,
  });
  return told(
    [
      ["hardware.vendor", judged(from, () => readings.vendor)],
      ["hardware.model", judged(model, () => readings.model)],
      ["hardware.serials", judged(from, () => readings.serials)],
    ],
    [from, model],
  );
}
