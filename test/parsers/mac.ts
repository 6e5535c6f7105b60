// Recorded output of a Mac's tools.
import { parsePlist } from "../../agent/core/posture/darwin/plist.ts";
import { readMacSerial } from "../../agent/core/posture/darwin/hardware.ts";
import { enginesReading, readXprotect } from "../../agent/core/posture/edr/engines.ts";
import {
  judgeGatekeeper,
  judgeMacExtensions,
  judgeMacSecureBoot,
  judgeProfiledSafeguard,
  judgeSealedVolume,
  judgeSip,
} from "../../agent/core/posture/darwin/integrity.ts";
import { judgeMacDomain, judgeMacEnrolment } from "../../agent/core/posture/darwin/management.ts";
import { isEntryOf } from "../../agent/core/posture/darwin/log-line.ts";
import {
  judgeMacRelease,
  judgeMacUptime,
  withResponse,
} from "../../agent/core/posture/darwin/release.ts";
import { judgeMacScreen } from "../../agent/core/posture/darwin/screen.ts";
import { judgeMacBrowsers } from "../../agent/core/posture/darwin/software.ts";
import {
  judgeMacAutologin,
  judgeMacGuest,
  readMacAdmins,
} from "../../agent/core/posture/darwin/users.ts";
import { judgeFileVault } from "../../agent/core/posture/darwin/disk.ts";
import {
  judgeMacFirewall,
  judgeProfiledFirewall,
} from "../../agent/core/posture/darwin/firewall.ts";
import { countListedUpdates, judgeMacUpdates } from "../../agent/core/posture/darwin/patches.ts";
import { readMacPorts } from "../../agent/core/posture/darwin/ports.ts";
import {
  known,
  parse,
  orParse,
  isFalse,
  isZero,
  never,
  plist,
  nowAt,
  today,
  sample,
} from "./sample.ts";
import type { ParserSample } from "./sample.ts";

const mdm = "Enrolled via DEP: No\nMDM enrollment: ";
/** All of macOS. */
export const macSamples: readonly ParserSample[] = [
  sample(
    "os.supported by SystemVersion",
    (text) => judgeMacRelease(text, today).supported,
    plist("<key>ProductVersion</key><string>26.1</string>"),
    {
      passes: never,
      bad: plist("<key>ProductVersion</key><string>12.7</string>"),
      delimited: true,
    },
  ),
  sample(
    "os.security_updates by SoftwareUpdate",
    (text) => judgeMacUpdates(text, { nowAt, parseDate: Date.parse, listed: null }).updates,
    plist(
      "<key>LastSuccessfulDate</key><date>2026-11-21T22:00:00Z</date><key>RecommendedUpdates</key><array/>",
    ),
    {
      passes: isZero,
      bad: plist(
        "<key>LastSuccessfulDate</key><date>2026-11-21T22:00:00Z</date><key>RecommendedUpdates</key><array><dict/></array>",
      ),
      delimited: true,
    },
  ),
  sample(
    "disk.encrypted by fdesetup",
    (text) => judgeFileVault(plist("<key>FileVault</key><true/>"), text),
    "FileVault is On.\n",
    { bad: "Encryption in progress: Percent completed = 42\n" },
  ),
  sample(
    "disk.encrypted by diskutil",
    (text) => judgeFileVault(text, "FileVault is On.\n"),
    plist("<key>FileVault</key><true/>"),
    { bad: plist("<key>Encryption</key><true/><key>FileVault</key><false/>"), delimited: true },
  ),
  sample(
    "firewall.enabled by socketfilterfw",
    judgeMacFirewall,
    "Firewall is enabled. (State = 1)\n",
    { bad: "Firewall is disabled. (State = 0)\n" },
  ),
  sample(
    "firewall.enabled by SPFirewall",
    judgeProfiledFirewall,
    '{"SPFirewallDataType":[{"spfirewall_globalstate":"spfirewall_globalstate_block_all"}]}',
    {
      bad: '{"SPFirewallDataType":[{"spfirewall_globalstate":"spfirewall_globalstate_allow_all"}]}',
      delimited: true,
    },
  ),
  sample(
    "os.security_updates by softwareupdate",
    (text) => orParse(countListedUpdates(text), known),
    "Software Update Tool\n\nNo new software available.\n",
    {
      passes: isZero,
      bad: "Software Update Tool\n\n* Label: a-1\n\tTitle: a, Size: 1K, Recommended: YES, \n",
    },
  ),
  sample(
    "boot.sip by SPiBridge",
    (text) => judgeProfiledSafeguard(text, "ibridge_sb_sip"),
    '{"SPiBridgeDataType":[{"ibridge_sb_sip":"Enabled"}]}',
    { bad: '{"SPiBridgeDataType":[{"ibridge_sb_sip":"Disabled"}]}', delimited: true },
  ),
  sample(
    "boot.secure by SPiBridge",
    judgeMacSecureBoot,
    '{"SPiBridgeDataType":[{"ibridge_secure_boot":"Full Security"}]}',
    { bad: '{"SPiBridgeDataType":[{"ibridge_secure_boot":"Reduced Security"}]}', delimited: true },
  ),
  sample(
    "users.admins by dscl",
    (text) => orParse(readMacAdmins(text), known),
    "GroupMembership: root alice _mbsetupuser\n",
    { passes: never },
  ),
  sample(
    "ports.listening by lsof",
    (text) => orParse(readMacPorts(text), known),
    "p1\nf3\nn*:22\n",
    { passes: never },
  ),
  sample("boot.sip by csrutil", judgeSip, "System Integrity Protection status: enabled.\n", {
    bad: "System Integrity Protection status: unknown (Custom Configuration).\n\nConfiguration:\n\tKext Signing: enabled\n",
  }),
  sample(
    "boot.sealed_volume by csrutil",
    judgeSealedVolume,
    "Authenticated Root status: enabled\n",
    { bad: "Authenticated Root status: disabled\n" },
  ),
  sample("apps.gatekeeper by spctl", judgeGatekeeper, "assessments enabled\n", {
    bad: "assessments disabled\n",
  }),
  sample("mdm.enrolled by profiles", judgeMacEnrolment, `${mdm}Yes (User Approved)\n`, {
    bad: `${mdm}No\n`,
  }),
  sample("domain.joined by dsconfigad", judgeMacDomain, "Active Directory Domain = corp\n"),
  sample(
    "os.version by sw_vers",
    (text) => withResponse(known("26.1"), text),
    "ProductName:\t\tmacOS\nProductVersion:\t\t26.1\nProductVersionExtra:\t(a)\n",
    { passes: never },
  ),
  sample(
    "firewall.enabled by log stream",
    (line) => known(isEntryOf("com.apple.alf", line)),
    '{"subsystem":"com.apple.alf"}',
    { passes: never },
  ),
  sample(
    "users.guest by sysadminctl",
    judgeMacGuest,
    "x sysadminctl[1:2] Guest account disabled.\n",
    { passes: isFalse, bad: "x sysadminctl[1:2] Guest account enabled.\n" },
  ),
  sample("users.autologin by loginwindow", judgeMacAutologin, plist(""), {
    passes: isFalse,
    bad: plist("<key>autoLoginUser</key><string>a</string>"),
    delimited: true,
  }),
  sample(
    "screen.locks by sysadminctl",
    (text) => judgeMacScreen({ screenLock: text, idleTime: "300", pmset: "" }),
    "x sysadminctl[1:2] screenLock delay is immediate\n",
    { bad: "screenLock is off\n" },
  ),
  sample(
    "kernel.third_party_extensions by kmutil",
    judgeMacExtensions,
    "  1 0 0 0 0 com.vendor.driver.Filter (1.2) U <1>\n",
    { passes: never },
  ),
  sample(
    "os.uptime_days by boottime",
    (text) => judgeMacUptime(text, nowAt),
    "{ sec = 1763600000, usec = 1 } x",
    { passes: never },
  ),
  sample(
    "hardware.serials by ioreg",
    (text) => known([readMacSerial(text) ?? ""]),
    '<plist version="1.0"><array><dict/></array></plist>',
    { passes: never },
  ),
  sample(
    "browsers.installed by Info.plist",
    (text) => judgeMacBrowsers([{ folder: "Firefox.app", plist: text }]),
    plist("<key>CFBundleShortVersionString</key><string>1.0</string>"),
    { passes: never },
  ),
  sample(
    "edr.engines by XProtect",
    (text) => enginesReading([readXprotect(text)]),
    plist("<key>CFBundleShortVersionString</key><string>5357</string>"),
    { passes: never },
  ),
  sample(
    "disk.encrypted by property list",
    (text) => (parsePlist(text) === null ? parse : { kind: "unknown", reason: "no_data" }),
    plist("<key>a</key><integer>1</integer>"),
    { passes: never },
  ),
];
