/** Reads maker, model and serial numbers. Not run on a real PC. */
import { judgeWindowsHardware } from "../../../core/posture/windows/hardware.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** Maker, model and serial numbers. */
const hardwareQuery =
  "$s=Get-CimInstance Win32_ComputerSystem;" +
  "$n=@((Get-CimInstance Win32_BIOS).SerialNumber;(Get-CimInstance Win32_SystemEnclosure).SerialNumber;" +
  "(Get-CimInstance Win32_BaseBoard).SerialNumber);" +
  json(
    "[pscustomobject]@{Vendor=[string]$s.Manufacturer;Model=[string]$s.Model;" +
      "Serials=@($n|ForEach-Object{[string]$_})}",
  );

/** Maker, model and serial numbers. */
export function collectWindowsHardware(): Promise<readonly Observation[]> {
  return ask(hardwareQuery, (answer) => {
    const { vendor, model, serials } = judgeWindowsHardware(answer);
    return [
      ["hardware.vendor", vendor],
      ["hardware.model", model],
      ["hardware.serials", serials],
    ];
  });
}
