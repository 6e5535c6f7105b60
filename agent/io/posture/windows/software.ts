/** Reads the versions of browsers. Not run on a real PC. */
import { judgeWindowsBrowsers } from "../../../core/posture/windows/software.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** Browsers by App Paths and the version written into their files. */
const browsersQuery =
  "$p='HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\App Paths\\';" +
  "$b=@('chrome.exe','firefox.exe','msedge.exe','brave.exe','opera.exe','vivaldi.exe'|ForEach-Object{" +
  "$f=(Get-ItemProperty ($p+$_) -ErrorAction SilentlyContinue).'(default)';" +
  "if($f -and (Test-Path $f.Trim('\"'))){[pscustomobject]@{Program=[string]$_;" +
  "Version=[string](Get-Item $f.Trim('\"')).VersionInfo.ProductVersion}}});" +
  json("$b");

/** Browsers. */
export function collectWindowsSoftware(): Promise<readonly Observation[]> {
  return ask(browsersQuery, (answer) => [["browsers.installed", judgeWindowsBrowsers(answer)]]);
}
