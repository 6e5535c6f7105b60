/** Asks BitLocker by its methods. Not run on a real PC. */
import { join } from "node:path";
import { judgeBitLocker, judgeManageBde } from "../../../core/posture/windows/disk.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { systemFolder } from "./powershell.ts";
import { json } from "./query-text.ts";

/** BitLocker by its methods: the cached property was seen to lie. */
const bitLockerQuery =
  "$n='root\\CIMV2\\Security\\MicrosoftVolumeEncryption';" +
  json(
    "@(Get-CimInstance -Namespace $n -ClassName Win32_EncryptableVolume|ForEach-Object{" +
      "$p=Invoke-CimMethod -InputObject $_ -MethodName GetProtectionStatus;" +
      "$c=Invoke-CimMethod -InputObject $_ -MethodName GetConversionStatus;" +
      "[pscustomobject]@{VolumeType=(n $_.VolumeType);ProtectionStatus=(n $p.ProtectionStatus);" +
      "ConversionStatus=(n $c.ConversionStatus);EncryptionPercentage=(n $c.EncryptionPercentage)}})",
  );

const manageBdeDeadlineMs = 15_000;

/** BitLocker; where WMI tells nothing, the older tool may still tell that the system's volume is open. */
export async function collectWindowsDisk(): Promise<readonly Observation[]> {
  const told = await ask(bitLockerQuery, (answer) => [["disk.encrypted", judgeBitLocker(answer)]]);
  if (told[0]?.fact.reading.kind !== "unknown") return told;
  const run = await runTool({
    candidates: [join(systemFolder(), "manage-bde.exe")],
    args: ["-status", "-protectionaserrorlevel", process.env["SystemDrive"] ?? "C:"],
    deadlineMs: manageBdeDeadlineMs,
  });
  if (run.kind === "failed" || judgeManageBde(run.exitCode).kind === "unknown") return told;
  const { tool, exitCode, tookMs, stdout: text } = run;
  const source = { collector: "windows", collectorVersion: 1, by: "os" } as const;
  const readings = [["disk.encrypted", judgeManageBde(exitCode)]] as const;
  return observe(readings, { ...source, text, tookMs, tool, exitCode });
}
