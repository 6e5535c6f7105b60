/** Asks whether screens lock. Not run on a real PC. */
import { judgeWindowsScreen } from "../../../core/posture/screen.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** Inactivity limit of the machine, and the screen saver of each user whose hive is loaded. */
const screenQuery =
  "$m=(Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System' -ErrorAction SilentlyContinue).InactivityTimeoutSecs;" +
  "$u=@(Get-ChildItem 'Registry::HKEY_USERS'|Where-Object{$_.PSChildName -match '^S-1-5-21-[0-9-]+$'}|ForEach-Object{" +
  "$d=Get-ItemProperty ($_.PSPath+'\\Control Panel\\Desktop') -ErrorAction SilentlyContinue;" +
  "[pscustomobject]@{Active=[string]$d.ScreenSaveActive;Secure=[string]$d.ScreenSaverIsSecure;TimeOut=[string]$d.ScreenSaveTimeOut}});" +
  json("[pscustomobject]@{InactivityTimeoutSecs=$m;Users=$u}");

/** Locking of screens. */
export function collectWindowsScreen(): Promise<readonly Observation[]> {
  return ask(screenQuery, (answer) => [["screen.locks", judgeWindowsScreen(answer)]]);
}
