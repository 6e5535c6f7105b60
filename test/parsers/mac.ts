// Recorded output of a Mac's tools.
import { parsePlist } from "../../agent/core/posture/darwin/plist.ts";
import * as macGuards from "../../agent/core/posture/darwin/safeguards.ts";
import * as mac from "../../agent/core/posture/darwin/system.ts";
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
    (text) => mac.judgeMacRelease(text, today).supported,
    plist("<key>ProductVersion</key><string>26.1</string>"),
    {
      passes: never,
      bad: plist("<key>ProductVersion</key><string>12.7</string>"),
      delimited: true,
    },
  ),
  sample(
    "os.security_updates by SoftwareUpdate",
    (text) => mac.judgeMacUpdates(text, nowAt, Date.parse).updates,
    plist("<key>LastSuccessfulDate</key><date>2026-11-21T22:00:00Z</date>"),
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
    (text) => mac.judgeFileVault(plist("<key>FileVault</key><true/>"), text),
    "FileVault is On.\n",
    { bad: "Encryption in progress: Percent completed = 42\n" },
  ),
  sample(
    "disk.encrypted by diskutil",
    (text) => mac.judgeFileVault(text, "FileVault is On.\n"),
    plist("<key>FileVault</key><true/>"),
    { bad: plist("<key>Encryption</key><true/><key>FileVault</key><false/>"), delimited: true },
  ),
  sample(
    "firewall.enabled by socketfilterfw",
    mac.judgeMacFirewall,
    "Firewall is enabled. (State = 1)\n",
    { bad: "Firewall is disabled. (State = 0)\n" },
  ),
  sample(
    "boot.secure by SPiBridge",
    mac.judgeMacSecureBoot,
    '{"SPiBridgeDataType":[{"ibridge_secure_boot":"Full Security"}]}',
    { bad: '{"SPiBridgeDataType":[{"ibridge_secure_boot":"Reduced Security"}]}', delimited: true },
  ),
  sample(
    "users.admins by dscl",
    (text) => orParse(mac.readMacAdmins(text), known),
    "GroupMembership: root alice _mbsetupuser\n",
    { passes: never },
  ),
  sample(
    "ports.listening by lsof",
    (text) => orParse(mac.readMacPorts(text), known),
    "p1\nf3\nn*:22\n",
    { passes: never },
  ),
  sample(
    "boot.sip by csrutil",
    macGuards.judgeSip,
    "System Integrity Protection status: enabled.\n",
    {
      bad: "System Integrity Protection status: unknown (Custom Configuration).\n\nConfiguration:\n\tKext Signing: enabled\n",
    },
  ),
  sample(
    "boot.sealed_volume by csrutil",
    macGuards.judgeSealedVolume,
    "Authenticated Root status: enabled\n",
    { bad: "Authenticated Root status: disabled\n" },
  ),
  sample("apps.gatekeeper by spctl", macGuards.judgeGatekeeper, "assessments enabled\n", {
    bad: "assessments disabled\n",
  }),
  sample("mdm.enrolled by profiles", macGuards.judgeMacEnrolment, `${mdm}Yes (User Approved)\n`, {
    bad: `${mdm}No\n`,
  }),
  sample(
    "domain.joined by dsconfigad",
    macGuards.judgeMacDomain,
    "Active Directory Domain = corp\n",
  ),
  sample("users.autologin by loginwindow", macGuards.judgeMacAutologin, plist(""), {
    passes: isFalse,
    bad: plist("<key>autoLoginUser</key><string>a</string>"),
    delimited: true,
  }),
  sample(
    "screen.locks by sysadminctl",
    (text) => macGuards.judgeMacScreen({ screenLock: text, idleTime: "300", pmset: "" }),
    "x sysadminctl[1:2] screenLock delay is immediate\n",
    { bad: "screenLock is off\n" },
  ),
  sample(
    "kernel.third_party_extensions by kmutil",
    macGuards.judgeMacExtensions,
    "  1 0 0 0 0 com.vendor.driver.Filter (1.2) U <1>\n",
    { passes: never },
  ),
  sample(
    "os.uptime_days by boottime",
    (text) => macGuards.judgeMacUptime(text, nowAt),
    "{ sec = 1763600000, usec = 1 } x",
    { passes: never },
  ),
  sample(
    "hardware.serials by ioreg",
    (text) => known([macGuards.readMacSerial(text) ?? ""]),
    '<plist version="1.0"><array><dict/></array></plist>',
    { passes: never },
  ),
  sample(
    "browsers.installed by Info.plist",
    (text) => known([macGuards.readMacBrowser("Firefox.app", text) ?? ""]),
    plist("<key>CFBundleShortVersionString</key><string>1.0</string>"),
    { passes: never },
  ),
  sample(
    "disk.encrypted by property list",
    (text) => (parsePlist(text) === null ? parse : { kind: "unknown", reason: "no_data" }),
    plist("<key>a</key><integer>1</integer>"),
    { passes: never },
  ),
];
