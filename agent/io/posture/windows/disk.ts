/** Asks BitLocker by its methods. Not run on a real PC. */
import { judgeBitLocker } from "../../../core/posture/windows/disk.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** BitLocker by its methods: the cached property was seen to lie. */
const bitLockerQuery =
  "$n='root\\CIMV2\\Security\\MicrosoftVolumeEncryption';" +
  json(
    "@(Get-CimInstance -Namespace $n -ClassName Win32_EncryptableVolume|ForEach-Object{" +
      "$p=Invoke-CimMethod -InputObject $_ -MethodName GetProtectionStatus;" +
      "$c=Invoke-CimMethod -InputObject $_ -MethodName GetConversionStatus;" +
      "[pscustomobject]@{VolumeType=[int]$_.VolumeType;ProtectionStatus=[int]$p.ProtectionStatus;" +
      "ConversionStatus=[int]$c.ConversionStatus;EncryptionPercentage=[int]$c.EncryptionPercentage}})",
  );

/** BitLocker. */
export function collectWindowsDisk(): Promise<readonly Observation[]> {
  return ask(bitLockerQuery, (answer) => [["disk.encrypted", judgeBitLocker(answer)]]);
}
