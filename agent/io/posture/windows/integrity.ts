/** Asks how the system protects itself. Not run on a real PC. */
import {
  judgeDeviceGuard,
  judgeWindowsSecureBoot,
  judgeWindowsTpm,
} from "../../../core/posture/windows/integrity.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** Secure Boot; without the key the firmware is asked, which names a machine without UEFI. */
const secureBootQuery =
  "$k=Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State' -ErrorAction SilentlyContinue;" +
  "if($k -and $k.UEFISecureBootEnabled -ne $null){" +
  json("[pscustomobject]@{UEFISecureBootEnabled=(n $k.UEFISecureBootEnabled)}") +
  "}else{try{$b=Confirm-SecureBootUEFI;" +
  json("[pscustomobject]@{UEFISecureBootEnabled=[int][bool]$b}") +
  "}catch{" +
  json("e $_") +
  "}}";

/** TPM instances. */
const tpmQuery = json(
  "@(Get-CimInstance -Namespace 'root\\cimv2\\Security\\MicrosoftTpm' -ClassName Win32_Tpm|ForEach-Object{" +
    "[pscustomobject]@{SpecVersion=$_.SpecVersion}})",
);

/** Device Guard by its class, and the options that the kernel was started with (never translated). */
const deviceGuardQuery =
  "$g=Get-CimInstance -Namespace root\\Microsoft\\Windows\\DeviceGuard -ClassName Win32_DeviceGuard;" +
  "$o=(Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control').SystemStartOptions;" +
  json(
    "[pscustomobject]@{Status=(n $g.VirtualizationBasedSecurityStatus);" +
      "Services=$g.SecurityServicesRunning;StartOptions=$o}",
  );

/** Secure Boot and TPM. */
export async function collectWindowsBoot(): Promise<readonly Observation[]> {
  const boot = await ask(secureBootQuery, (answer) => [
    ["boot.secure", judgeWindowsSecureBoot(answer)],
  ]);
  const tpm = await ask(tpmQuery, (answer) => [["tpm.present", judgeWindowsTpm(answer)]]);
  return [...boot, ...tpm, ...(await collectWindowsDeviceGuard())];
}

/** Virtualization-based security, memory integrity, test mode. */
export function collectWindowsDeviceGuard(): Promise<readonly Observation[]> {
  return ask(deviceGuardQuery, (answer) => {
    const { virtualization, memoryIntegrity, testSigning } = judgeDeviceGuard(answer);
    return [
      ["boot.virtualization_security", virtualization],
      ["kernel.memory_integrity", memoryIntegrity],
      ["boot.test_signing", testSigning],
    ];
  });
}
