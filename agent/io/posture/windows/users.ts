/** Reads who may administer this PC. Not run on a real PC. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { readNames } from "../../../core/posture/windows/answer.ts";
import { judgeWindowsAutologin, judgeWindowsGuest } from "../../../core/posture/windows/users.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/**
 * Members of the administrators' group, by its SID: the name is translated. The first way fails where
 * a member's account is gone; the older one, which needs the name, does not.
 */
const adminsQuery =
  "$s='S-1-5-32-544';try{$a=@(Get-LocalGroupMember -SID $s|ForEach-Object{[string]$_.SID.Value})}catch{" +
  "$n=([Security.Principal.SecurityIdentifier]$s).Translate([Security.Principal.NTAccount]).Value.Split('\\')[-1];" +
  "$a=@(([ADSI]\"WinNT://./$n,group\").psbase.Invoke('Members')|ForEach-Object{" +
  "$b=$_.GetType().InvokeMember('objectSid','GetProperty',$null,$_,$null);" +
  "(New-Object Security.Principal.SecurityIdentifier($b,0)).Value})};" +
  json("$a");

/** Whether Winlogon signs somebody in. */
const autologinQuery =
  "$w=Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon';" +
  json("[pscustomobject]@{AutoAdminLogon=[string]$w.AutoAdminLogon}");

/** The guest account by its SID: the name is translated. */
const guestQuery =
  "$g=@(Get-LocalUser|Where-Object{[string]$_.SID.Value -match '-501$'});" +
  json("[pscustomobject]@{Found=[bool]$g.Count;Enabled=[bool]($g|Where-Object{$_.Enabled})}");

/** Administrators, automatic sign-in and guest account. */
export async function collectWindowsUsers(): Promise<readonly Observation[]> {
  const admins = await ask(adminsQuery, (answer) => {
    const admins = readNames(answer);
    const reading = (value: number | readonly string[]): Reading =>
      admins === null ? notParsed : known(value);
    return [
      ["users.admins", reading(admins ?? [])],
      ["users.admin_count", reading(admins?.length ?? 0)],
    ];
  });
  const guest = await ask(guestQuery, (answer) => [["users.guest", judgeWindowsGuest(answer)]]);
  return [...admins, ...(await collectWindowsAutologin()), ...guest];
}

/** Automatic sign-in. */
export function collectWindowsAutologin(): Promise<readonly Observation[]> {
  return ask(autologinQuery, (answer) => [["users.autologin", judgeWindowsAutologin(answer)]]);
}
