/** Asks whether screens lock. Not run on a real PC. */
import { judgeWindowsScreen } from "../../../core/posture/screen.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/**
 * Inactivity limit of the machine, that of device management in minutes, and the screen saver of each
 * user whose hive is loaded, of the machine, the domain (S-1-5-21) or Entra ID (S-1-12-1): what a policy sets
 * there stands above what the user chose.
 */
const screenQuery =
  "$m=(Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System' -ErrorAction SilentlyContinue).InactivityTimeoutSecs;" +
  "$l=(Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\DeviceLock' -ErrorAction SilentlyContinue).MaxInactivityTimeDeviceLock;" +
  "$u=@(Get-ChildItem 'Registry::HKEY_USERS'|Where-Object{$_.PSChildName -match '^S-1-(5-21|12-1)-[0-9-]+$'}|ForEach-Object{" +
  "$d=Get-ItemProperty ($_.PSPath+'\\Control Panel\\Desktop') -ErrorAction SilentlyContinue;" +
  "$p=Get-ItemProperty ($_.PSPath+'\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop') -ErrorAction SilentlyContinue;" +
  "$v={param($n)if($p.$n -ne $null){[string]$p.$n}else{[string]$d.$n}};" +
  "[pscustomobject]@{Active=&$v ScreenSaveActive;Secure=&$v ScreenSaverIsSecure;TimeOut=&$v ScreenSaveTimeOut}});" +
  json("[pscustomobject]@{InactivityTimeoutSecs=$m;DeviceLockMinutes=$l;Users=$u}");

/** Locking of screens. */
export function collectWindowsScreen(): Promise<readonly Observation[]> {
  return ask(screenQuery, (answer) => [["screen.locks", judgeWindowsScreen(answer)]]);
}
