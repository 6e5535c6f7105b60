/** Asks Windows Update. Not run on a real PC. */
import {
  judgeHotfixes,
  judgeWindowsAutoUpdate,
  judgeWindowsUpdates,
} from "../../../core/posture/windows/patches.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import type { Readings } from "./ask.ts";
import { json } from "./query-text.ts";

const windowsUpdate = "HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU";

/** Offline search: what Windows Update already knows. */
const updatesQuery =
  "try{$s=(New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher();$s.Online=$false;" +
  `$r=$s.Search("IsInstalled=0 and IsHidden=0 and Type='Software'");` +
  "$d=(New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate;" +
  "$h=if($d -and $d.Year -gt 2000){[int][Math]::Floor(([DateTime]::UtcNow-$d).TotalHours)}else{$null};" +
  json(
    "[pscustomobject]@{ResultCode=(n $r.ResultCode);LastSearchAgeHours=$h;" +
      "Updates=@($r.Updates|ForEach-Object{[pscustomobject]@{Categories=@($_.Categories|ForEach-Object{[string]$_.CategoryID})}})}",
  ) +
  "}catch{" +
  json("e $_") +
  "}";

/** Services, policy and pause of automatic updates. */
const autoUpdateQuery =
  "$s=@(Get-Service wuauserv,UsoSvc|Where-Object{[int]$_.StartType -eq 4}).Count -eq 0;" +
  `$p=Get-ItemProperty '${windowsUpdate}' -ErrorAction SilentlyContinue;` +
  "$u=Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\WindowsUpdate\\UX\\Settings' -ErrorAction SilentlyContinue;" +
  "$z=[bool]($u.PauseUpdatesExpiryTime -and [DateTime]::Parse($u.PauseUpdatesExpiryTime,[Globalization.CultureInfo]::InvariantCulture) -gt [DateTime]::UtcNow);" +
  json(
    "[pscustomobject]@{ServicesEnabled=[bool]$s;NoAutoUpdate=$p.NoAutoUpdate;AUOptions=$p.AUOptions;Paused=$z}",
  );

/** Installed hotfixes; their dates are texts of the machine's language, so none are asked for. */
const hotfixQuery = json(
  "@(Get-CimInstance Win32_QuickFixEngineering -Property HotFixID|ForEach-Object{[string]$_.HotFixID})",
);

/** An offline search of Windows Update on a slow machine. */
const updatesDeadlineMs = 120_000;

/** Pending, automatic and installed updates. */
export async function collectWindowsPatches(): Promise<readonly Observation[]> {
  const judge = (answer: unknown): Readings => {
    const { updates, sourceAge } = judgeWindowsUpdates(answer);
    return [
      ["os.security_updates", updates],
      ["os.update_source_age_hours", sourceAge],
    ];
  };
  const updates = await ask(updatesQuery, judge, updatesDeadlineMs);
  const automatic = await ask(autoUpdateQuery, (answer) => [
    ["os.auto_update", judgeWindowsAutoUpdate(answer)],
  ]);
  const hotfixes = await ask(hotfixQuery, (answer) => [["os.hotfixes", judgeHotfixes(answer)]]);
  return [...updates, ...automatic, ...hotfixes];
}
