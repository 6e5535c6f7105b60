// Answers of our PowerShell queries.
import type { BesideProbe } from "#shared/posture/edr-product.ts";
import type { Reading } from "#shared/posture/fact.ts";
import * as screen from "../../agent/core/posture/screen.ts";
import { signalsOfLine } from "../../agent/core/posture/windows/event-topics.ts";
import {
  judgeOnboarding,
  judgeSophos,
  judgeWindowsProtection,
} from "../../agent/core/posture/windows/protection.ts";
import { judgeWindowsHardware } from "../../agent/core/posture/windows/hardware.ts";
import {
  judgeDeviceGuard,
  judgeWindowsSecureBoot,
  judgeWindowsTpm,
} from "../../agent/core/posture/windows/integrity.ts";
import {
  judgeDsregcmd,
  judgeWindowsDomain,
  judgeWindowsEnrolment,
} from "../../agent/core/posture/windows/management.ts";
import {
  judgeWindowsReboot,
  judgeWindowsRelease,
  judgeWindowsUptime,
} from "../../agent/core/posture/windows/release.ts";
import { judgeWindowsBrowsers } from "../../agent/core/posture/windows/software.ts";
import {
  judgeWindowsAutologin,
  judgeWindowsGuest,
} from "../../agent/core/posture/windows/users.ts";
import { vouchedProgram } from "../../agent/core/posture/windows/signed-programs.ts";
import { runningServices } from "../../agent/core/posture/windows/services.ts";
import { readNames } from "../../agent/core/posture/windows/answer.ts";
import { judgeBitLocker } from "../../agent/core/posture/windows/disk.ts";
import { judgeWindowsFirewall } from "../../agent/core/posture/windows/firewall.ts";
import {
  judgeHotfixes,
  judgeWindowsAutoUpdate,
  judgeWindowsUpdates,
} from "../../agent/core/posture/windows/patches.ts";
import {
  known,
  orParse,
  isTrue,
  isFalse,
  isZero,
  never,
  json,
  health,
  today,
  sample,
} from "./sample.ts";
import type { ParserSample } from "./sample.ts";

const volume = {
  VolumeType: 0,
  ProtectionStatus: 1,
  ConversionStatus: 1,
  EncryptionPercentage: 100,
};
const profiles = ["Domain", "Private", "Public"].map((Name) => ({
  Name,
  Enabled: 1,
  DefaultInboundAction: 4,
}));
const services = { mpssvc: true, BFE: true };
const sentinel: BesideProbe = {
  kind: "beside",
  parser: "sentinel-windows",
  service: "SentinelAgent",
  program: "SentinelCtl.exe",
  publishers: ["SentinelOne, Inc."],
  runs: [["status"]],
};
const vouched = {
  Service: sentinel.service,
  Path: `C:\\Program Files\\SentinelOne\\Agent 22\\${sentinel.program}`,
  Status: 0,
  Subject: 'CN="SentinelOne, Inc.", O="SentinelOne, Inc.", C=US',
};
const windowsSample = (
  signal: string,
  read: (answer: unknown) => Reading,
  good: unknown,
  more: { readonly bad?: unknown; readonly passes?: ParserSample["passes"] } = {},
) =>
  sample(`${signal} by powershell`, json(read), JSON.stringify(good), {
    bad: more.bad === undefined ? "" : JSON.stringify(more.bad),
    passes: more.passes ?? isTrue,
    delimited: true,
  });
/** All of Windows. */
export const windowsSamples: readonly ParserSample[] = [
  windowsSample(
    "os.supported",
    (answer) => judgeWindowsRelease(answer, today).supported,
    { CurrentBuildNumber: "26200", UBR: 1, InstallationType: "Client" },
    { bad: { CurrentBuildNumber: "19045", UBR: 1, InstallationType: "Client" } },
  ),
  windowsSample(
    "os.security_updates",
    (answer) => judgeWindowsUpdates(answer).updates,
    { ResultCode: 2, Updates: [], LastSearchAgeHours: 5 },
    { passes: isZero, bad: { ResultCode: 3, Updates: [], LastSearchAgeHours: 5 } },
  ),
  windowsSample("disk.encrypted", judgeBitLocker, [volume], {
    bad: [{ ...volume, ProtectionStatus: 0 }],
  }),
  windowsSample(
    "firewall.enabled",
    judgeWindowsFirewall,
    { Profiles: profiles, Services: services },
    { bad: { Profiles: profiles, Services: { ...services, BFE: false } } },
  ),
  windowsSample(
    "boot.secure",
    judgeWindowsSecureBoot,
    { UEFISecureBootEnabled: 1 },
    { bad: { UEFISecureBootEnabled: 0 } },
  ),
  windowsSample("tpm.present", judgeWindowsTpm, [{ SpecVersion: "2.0, 0, 1.38" }], {
    bad: [{ SpecVersion: "1.2" }],
  }),
  windowsSample(
    "os.reboot_pending",
    judgeWindowsReboot,
    { ComponentServicing: false, WindowsUpdate: false, Renamed: false },
    { passes: isFalse, bad: { ComponentServicing: true, WindowsUpdate: false, Renamed: false } },
  ),
  windowsSample(
    "os.auto_update",
    judgeWindowsAutoUpdate,
    { ServicesEnabled: true, NoAutoUpdate: null, Paused: false },
    { bad: { ServicesEnabled: true, NoAutoUpdate: 1, Paused: false } },
  ),
  windowsSample(
    "edr.healthy",
    (answer) => judgeWindowsProtection(answer).healthy,
    {
      Products: null,
      Defender: {
        AMServiceEnabled: true,
        RealTimeProtectionEnabled: true,
        AMRunningMode: "Normal",
        AntivirusSignatureAge: 0,
        ComputerState: 0,
      },
    },
    { bad: { Products: null, Defender: { Error: "0x80131500 HRESULT 0x800106ba,x" } } },
  ),
  windowsSample(
    "screen.locks",
    screen.judgeWindowsScreen,
    { InactivityTimeoutSecs: 600, Users: [] },
    { bad: { InactivityTimeoutSecs: 0, Users: [{ Active: "0", Secure: "0", TimeOut: "0" }] } },
  ),
  windowsSample("users.admins", (answer) => orParse(readNames(answer), known), ["S-1-5-21-1"], {
    passes: never,
  }),
  windowsSample(
    "boot.virtualization_security",
    (answer) => judgeDeviceGuard(answer).virtualization,
    { Status: 2, Services: [2], StartOptions: "" },
    { bad: { Status: 1, Services: [2], StartOptions: "" } },
  ),
  windowsSample(
    "boot.test_signing",
    (answer) => judgeDeviceGuard(answer).testSigning,
    { Status: 2, Services: [2], StartOptions: "" },
    { passes: isFalse, bad: { StartOptions: "TESTSIGNING" } },
  ),
  windowsSample(
    "users.autologin",
    judgeWindowsAutologin,
    { AutoAdminLogon: "" },
    { passes: isFalse, bad: { AutoAdminLogon: "1" } },
  ),
  windowsSample("edr.healthy", health(judgeSophos), { health: 1 }, { bad: { health: 3 } }),
  windowsSample(
    "edr.healthy",
    health(judgeOnboarding),
    { OnboardingState: 1, LastConnectedHours: 3 },
    { bad: { OnboardingState: 0, LastConnectedHours: 3 } },
  ),
  sample(
    "firewall.enabled by event lines",
    (line) => known(signalsOfLine(line).includes("firewall.enabled")),
    '{"changed":"firewall"}',
    { passes: never },
  ),
  windowsSample(
    "users.guest",
    judgeWindowsGuest,
    { Found: true, Enabled: false },
    { passes: isFalse, bad: { Found: true, Enabled: true } },
  ),
  windowsSample("os.hotfixes", judgeHotfixes, ["KB5031234"], { passes: never }),
  windowsSample("mdm.enrolled", judgeWindowsEnrolment, [{ State: 1, Provider: "MS DM Server" }], {
    bad: [],
  }),
  windowsSample(
    "domain.joined",
    judgeWindowsDomain,
    { PartOfDomain: true, CloudJoined: false },
    { bad: { PartOfDomain: false, CloudJoined: false } },
  ),
  sample("domain.joined by dsregcmd", judgeDsregcmd, " AzureAdJoined : YES\n", {
    bad: " AzureAdJoined : NO\n EnterpriseJoined : NO\n DomainJoined : NO\n",
  }),
  windowsSample(
    "hardware.serials",
    (answer) => judgeWindowsHardware(answer).serials,
    { Vendor: "x", Model: "y", Serials: ["A1"] },
    { passes: never },
  ),
  windowsSample("os.uptime_days", judgeWindowsUptime, { UptimeHours: 5 }, { passes: never }),
  windowsSample(
    "browsers.installed",
    judgeWindowsBrowsers,
    [{ Program: "chrome.exe", Version: "1.0" }],
    { passes: never },
  ),
  windowsSample(
    "edr.products",
    (answer) => orParse(runningServices(answer), (all) => known(all.map(({ name }) => name))),
    [{ Name: "Sense", Path: "C:\\Windows\\x.exe" }],
    { passes: never },
  ),
  windowsSample(
    "edr.healthy",
    (answer) => known(vouchedProgram(answer, sentinel) !== null),
    [vouched],
    { bad: [{ ...vouched, Status: 3 }] },
  ),
];
