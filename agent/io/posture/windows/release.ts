/** Reads which Windows this is. Not run on a real PC. */
import {
  judgeWindowsReboot,
  judgeWindowsRelease,
  judgeWindowsUptime,
} from "../../../core/posture/windows/release.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

const currentVersion = "HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

/** Build and revision; `ProductName` is wrong on Windows 11. */
const releaseQuery =
  `$v=Get-ItemProperty '${currentVersion}';` +
  json(
    "[pscustomobject]@{CurrentBuildNumber=[string]$v.CurrentBuildNumber;UBR=(n $v.UBR);InstallationType=$v.InstallationType;" +
      "UptimeHours=[int][Math]::Floor(((Get-Date)-(Get-CimInstance Win32_OperatingSystem).LastBootUpTime).TotalHours)}",
  );

const computerName = "HKLM:\\SYSTEM\\CurrentControlSet\\Control\\ComputerName";

/** Keys that exist while a restart is due, and the name before and after it. */
const rebootQuery = json(
  "[pscustomobject]@{" +
    `Renamed=[bool]((Get-ItemProperty '${computerName}\\ComputerName').ComputerName -ne (Get-ItemProperty '${computerName}\\ActiveComputerName').ComputerName);` +
    "ComponentServicing=[bool](Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending');" +
    "WindowsUpdate=[bool](Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired')}",
);

/** Version and support. */
export async function collectWindowsRelease(): Promise<readonly Observation[]> {
  const today = new Date().toISOString().slice(0, 10);
  const release = await ask(releaseQuery, (answer) => {
    const { product, version, supported, daysLeft } = judgeWindowsRelease(answer, today);
    return [
      ["os.product", product],
      ["os.version", version],
      ["os.supported", supported],
      ["os.support_days_left", daysLeft],
      ["os.uptime_days", judgeWindowsUptime(answer)],
    ];
  });
  const reboot = await ask(rebootQuery, (answer) => [
    ["os.reboot_pending", judgeWindowsReboot(answer)],
  ]);
  return [...release, ...reboot];
}
