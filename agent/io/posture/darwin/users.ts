/** Reads who may administer this Mac. Not run on a real Mac. */
import { known, notParsed } from "#shared/posture/reading.ts";
import {
  judgeMacAutologin,
  judgeMacGuest,
  readMacAdmins,
} from "../../../core/posture/darwin/users.ts";
import type { Observation } from "../observation.ts";
import { judged, output, plistOf, told } from "./output.ts";

/** Administrators, automatic sign-in, guest account. */
export async function collectMacUsers(): Promise<readonly Observation[]> {
  const args = [".", "-read", "/Groups/admin", "GroupMembership", "NestedGroups"];
  const from = await output("/usr/bin/dscl", args);
  const admins = readMacAdmins(from.text);
  const reading = (value: number | readonly string[]) =>
    judged(from, () => (admins === null ? notParsed : known(value)));
  const login = await plistOf("/Library/Preferences/com.apple.loginwindow.plist");
  const guest = await output("/usr/sbin/sysadminctl", ["-guestAccount", "status"]);
  return [
    ...told(
      [["users.guest", judged(guest, () => judgeMacGuest(guest.text + guest.errors))]],
      [guest],
    ),
    ...told(
      [
        ["users.admins", reading(admins ?? [])],
        ["users.admin_count", reading(admins?.length ?? 0)],
      ],
      [from],
    ),
    ...told([["users.autologin", judged(login, () => judgeMacAutologin(login.text))]], [login]),
  ];
}
