import { expect, test } from "vitest";
import { readMacSerial } from "./hardware.ts";
import {
  judgeGatekeeper,
  judgeMacExtensions,
  judgeProfiledSafeguard,
  judgeSealedVolume,
  judgeSip,
} from "./integrity.ts";
import { judgeMacDomain, judgeMacEnrolment } from "./management.ts";
import { judgeMacUptime } from "./release.ts";
import { judgeMacScreen } from "./screen.ts";
import { judgeMacBrowsers } from "./software.ts";
import { judgeMacAutologin, judgeMacGuest } from "./users.ts";

const known = (value: unknown) => ({ kind: "known", value });
const parse = { kind: "unknown", reason: "parse" };
const plist = (body: string) => `<plist version="1.0">${body}</plist>`;

const custom =
  "System Integrity Protection status: unknown (Custom Configuration).\n\nConfiguration:\n" +
  "\tApple Internal: disabled\n\tKext Signing: disabled\n\tFilesystem Protections: enabled\n" +
  "\nThis is an unsupported configuration, likely to break in the future and leave your machine in an unknown state.\n";

test.each([
  ["System Integrity Protection status: enabled.\n", known(true)],
  ["System Integrity Protection status: disabled.\n", known(false)],
  [custom, known(false)],
  ["System Integrity Protection status: enabled (Custom Configuration).\n", known(false)],
  ["Configuration:\n\tKext Signing: enabled\n", parse],
  ["", parse],
])("integrity protection by the first line alone: %j", (text, expected) => {
  expect(judgeSip(text)).toEqual(expected);
});

test("where csrutil is silent the security chip's words count, untranslated ones alone", () => {
  const chip = (word: string) =>
    JSON.stringify({ SPiBridgeDataType: [{ ibridge_sb_sip: word, ibridge_sb_ssv: word }] });
  for (const name of ["ibridge_sb_sip", "ibridge_sb_ssv"] as const) {
    expect(judgeProfiledSafeguard(chip("Enabled"), name)).toEqual(known(true));
    expect(judgeProfiledSafeguard(chip("Disabled"), name)).toEqual(known(false));
    expect(judgeProfiledSafeguard(chip("Custom Configuration"), name)).toEqual(parse);
    expect(judgeProfiledSafeguard(chip("Activado"), name)).toEqual(parse);
    expect(judgeProfiledSafeguard('{"SPiBridgeDataType":[]}', name)).toEqual(parse);
  }
});

test("the sealed volume and Gatekeeper take whole lines; the disabled word ends with 1 and counts", () => {
  expect(judgeSealedVolume("Authenticated Root status: enabled\n")).toEqual(known(true));
  expect(judgeSealedVolume("Authenticated Root status: disabled\n")).toEqual(known(false));
  expect(judgeSealedVolume("csrutil: unknown")).toEqual(parse);
  expect(judgeGatekeeper("assessments enabled\n")).toEqual(known(true));
  expect(judgeGatekeeper("assessments disabled\n")).toEqual(known(false));
  expect(judgeGatekeeper("not assessments enabled\n")).toEqual(parse);
});

test("enrolment goes by label, also behind a blank line, not by line number", () => {
  const status =
    "\nEnrolled via DEP: No\nMDM enrollment: Yes (User Approved)\nMDM server: https://x\n";
  expect(judgeMacEnrolment(status)).toEqual(known(true));
  expect(judgeMacEnrolment("Enrolled via DEP: Yes\nMDM enrollment: No\n")).toEqual(known(false));
  expect(judgeMacEnrolment("this command requires root privileges")).toEqual(parse);
});

test("a Mac that is not bound prints nothing", () => {
  expect(judgeMacDomain("")).toEqual(known(false));
  expect(
    judgeMacDomain(
      "Active Directory Forest          = corp.example\nActive Directory Domain          = corp.example\n",
    ),
  ).toEqual(known(true));
  expect(judgeMacDomain("dsconfigad: error")).toEqual(parse);
  expect(judgeMacDomain("", "dsconfigad: This program requires root privileges\n")).toEqual(parse);
});

const stamp = "2026-09-26 10:00:00.000 sysadminctl[123:456] ";
test.each([
  ["screenLock delay is immediate\n", "300", "", known(true)],
  ["screenLock delay is 300 seconds\n", "600", "", known(true)],
  ["screenLock delay is 300 seconds\n", "601", "", known(false)],
  ["screenLock delay is immediate\n", "0", " displaysleep         10\n", known(true)],
  ["screenLock delay is immediate\n", "0", " displaysleep         0\n", known(false)],
  ["screenLock delay is -1.000000 seconds\n", "60", "", known(false)],
  ["screenLock delay is -1 seconds\n", "60", "", known(false)],
  ["screenLock is off\n", "60", "", known(false)],
  ["screenLock delay is immediate\n", "", "", { kind: "unknown", reason: "no_data" }],
  ["Bildschirmsperre sofort\n", "60", "", parse],
])("screen lock %j, idle %j, %j", (line, idleTime, pmset, expected) => {
  expect(judgeMacScreen({ screenLock: stamp + line, idleTime, pmset })).toEqual(expected);
});

test("somebody named in the login window's preferences is signed in by itself", () => {
  const dict = (body: string) => plist(`<dict>${body}</dict>`);
  expect(judgeMacAutologin(dict(""))).toEqual(known(false));
  expect(judgeMacAutologin(dict("<key>autoLoginUser</key><string>alice</string>"))).toEqual(
    known(true),
  );
  expect(judgeMacAutologin("")).toEqual(parse);
});

test.each([
  ["Guest account disabled.\n", known(false)],
  ["Guest account enabled.\n", known(true)],
  ["Guest account is enabled\n", known(true)],
  ["Gastaccount aktiviert.\n", parse],
  ["Guest account enabled? no\n", parse],
])("the guest account's line %j, behind a timestamp", (line, expected) => {
  expect(judgeMacGuest(stamp + line)).toEqual(expected);
});

test("kernel extensions of Apple are left out; a list without any is no list", () => {
  const text =
    "Index Refs Address Size Wired Name (Version) UUID <Linked Against>\n" +
    "    1  141 0                  0          0          com.apple.kpi.bsd (25.1.0) 1A2B <>\n" +
    "  201    0 0xffffff7f00000000 0x1000     0x1000     com.vendor.driver.Filter (1.2.3) 3C4D <8 6 1>\n";
  expect(judgeMacExtensions(text)).toEqual(known(["com.vendor.driver.Filter"]));
  expect(judgeMacExtensions("Error")).toEqual(parse);
  expect(judgeMacExtensions(`${text}  202    0 0x1 0x1 0x1 evil (1) 5E6F <8>\n`)).toEqual(parse);
});

test("serial number, start time and browsers", () => {
  const device =
    "<array><dict><key>IOPlatformSerialNumber</key><string>C02XYZ</string><key>model</key><data>TWFj</data></dict></array>";
  expect(readMacSerial(plist(device))).toBe("C02XYZ");
  expect(readMacSerial("garbage")).toBeNull();
  const boot = "{ sec = 1763600000, usec = 12345 } Thu Nov 20 00:53:20 2025";
  expect(judgeMacUptime(boot, 1_763_600_000_000 + 3 * 86_400_000)).toEqual(known(3));
  expect(judgeMacUptime(boot, 0)).toEqual(parse);
  const info = plist("<dict><key>CFBundleShortVersionString</key><string>140.3.0</string></dict>");
  const firefox = { folder: "Firefox.app", plist: info };
  expect(judgeMacBrowsers([firefox])).toEqual(known(["firefox 140.3.0"]));
  expect(judgeMacBrowsers([])).toEqual(known([]));
  expect(judgeMacBrowsers([firefox, { folder: "Opera.app", plist: "" }])).toEqual(parse);
  expect(judgeMacBrowsers([{ folder: "constructor", plist: info }])).toEqual(parse);
});
