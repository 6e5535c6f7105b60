import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reading } from "#shared/posture/fact.ts";
import { parsePlist } from "./plist.ts";
import { judgeFileVault } from "./disk.ts";
import { judgeMacFirewall, judgeProfiledFirewall } from "./firewall.ts";
import { judgeMacSecureBoot } from "./integrity.ts";
import { countListedUpdates, judgeMacUpdates } from "./patches.ts";
import { readMacPorts } from "./ports.ts";
import { judgeMacRelease, withResponse } from "./release.ts";
import { readMacAdmins } from "./users.ts";

const known = (value: unknown) => ({ kind: "known", value });
const unknown = (reason: string) => ({ kind: "unknown", reason });
const plist = (body: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x">\n<plist version="1.0">\n${body}\n</plist>\n`;

test("property lists keep their types; cut ones are none", () => {
  const text = plist(
    "<dict><key>a</key><true/><key>b</key><array><integer>2</integer><string>x &amp; y</string><string/></array><key>c</key><dict/></dict>",
  );
  expect(parsePlist(text)).toEqual({ a: true, b: [2, "x & y", ""], c: {} });
  expect(parsePlist(text.slice(0, 200))).toBeNull();
  const deep = "<array>".repeat(50_000) + "</array>".repeat(50_000);
  expect(parsePlist(plist(deep))).toBeNull();
  expect(parsePlist("")).toBeNull();
});

test("versions compare by the table: 13 has ended, 26 is not in it yet", () => {
  const version = (text: string) =>
    judgeMacRelease(
      plist(`<dict><key>ProductVersion</key><string>${text}</string></dict>`),
      "2026-11-22",
    );
  expect(version("13.7.8")).toEqual({
    version: known("13.7.8"),
    supported: known(false),
    daysLeft: known(-433),
  });
  expect(version("26.1")).toEqual({
    version: known("26.1"),
    supported: unknown("no_data"),
    daysLeft: unknown("no_data"),
  });
  expect(judgeMacRelease("", "2026-11-22").version).toEqual(unknown("parse"));
});

const nowAt = Date.UTC(2026, 10, 22);
const updates = (body: string, listed: number | null = null) =>
  judgeMacUpdates(plist(`<dict>${body}</dict>`), { nowAt, parseDate: Date.parse, listed });
const checked = (date: string) => `<key>LastSuccessfulDate</key><date>${date}</date>`;

test("recommended updates count while the last check is fresh", () => {
  const pending =
    "<key>RecommendedUpdates</key><array><dict><key>Identifier</key><string>x</string></dict></array>";
  expect(updates(checked("2026-11-21T22:00:00Z") + pending)).toMatchObject({
    updates: known(1),
    sourceAge: known(2),
  });
  expect(updates(checked("2026-11-21T22:00:00Z"), 0).updates).toEqual(known(0));
  // Neither the preferences nor the program named any: that is no count.
  expect(updates(checked("2026-11-21T22:00:00Z")).updates).toEqual(unknown("parse"));
  expect(updates(checked("2026-11-01T00:00:00Z")).updates).toEqual(unknown("stale_source"));
  expect(updates(pending).updates).toEqual(unknown("stale_source"));
});

const listing = (entry: string) => `Software Update Tool\n\n${entry}`;
const entry = (title: string, more: string) =>
  `* Label: ${title}\n\tTitle: ${title}, Version: 13.3.1, Size: 868648KiB, Recommended: ${more}\n`;

test.each([
  ["nothing new, on standard error", "Software Update Tool\n\nNo new software available.\n", 0],
  ["a leading blank line", "\nSoftware Update Tool\n\nNo new software available.\n", 0],
  ["an action", listing(entry("macOS Ventura 13.3.1-22E261", "YES, Action: restart, ")), 1],
  ["no action", listing(entry("Command Line Tools for Xcode-14.3", "YES,")), 1],
  ["a beta not recommended", listing(entry("macOS 13.3 Beta 3-22E5236f", "NO, ")), 0],
  ["an entry without the word", listing("* Label: Safari\n\tTitle: Safari, Size: 1K\n"), null],
  [
    "a scan that failed",
    `${listing("")}Scan finished with error: Error Domain=NSURLErrorDomain Code=-1005 "The network connection was lost."\n`,
    null,
  ],
  [
    "a scan that failed and claims to have found nothing",
    "Scan finished with error: x\nNo new software available.\n",
    null,
  ],
  ["only its head", "Software Update Tool\n\nFinding available software\n", null],
])("softwareupdate with %s", (_, text, count) => {
  expect(countListedUpdates(text)).toBe(count);
});

test("softwareupdate can add to what the preferences say, never take away", () => {
  const fresh = checked("2026-11-21T22:00:00Z");
  expect(updates(fresh, 2).updates).toEqual(known(2));
  const pending = "<key>RecommendedUpdates</key><array><dict/></array>";
  expect(updates(fresh + pending, 0).updates).toEqual(known(1));
  expect(updates(fresh + pending, null).updates).toEqual(known(1));
  expect(updates("", 0).updates).toEqual(unknown("stale_source"));
});

test("a rapid security response's letter stands behind the version", () => {
  const told = (extra: string) =>
    withResponse(known("26.1") as Reading, `ProductVersion:\t26.1\n${extra}`);
  expect(told("ProductVersionExtra:\t(a)\n")).toEqual(known("26.1-a"));
  expect(told("")).toEqual(known("26.1"));
  expect(withResponse(unknown("parse") as Reading, "ProductVersionExtra: (a)")).toEqual(
    unknown("parse"),
  );
});

test("automatic updates need every switch; one that is off decides, a missing one is unknown", () => {
  const keys = [
    "AutomaticCheckEnabled",
    "AutomaticDownload",
    "AutomaticallyInstallMacOSUpdates",
    "CriticalUpdateInstall",
  ];
  const all = keys.map((key) => `<key>${key}</key><true/>`).join("");
  expect(updates(all).automatic).toEqual(known(true));
  expect(updates(all.replace("<true/>", "<false/>")).automatic).toEqual(known(false));
  expect(updates("").automatic).toEqual(unknown("no_data"));
  const allButOne = keys.slice(1).map((key) => `<key>${key}</key><true/>`);
  expect(updates(allButOne.join("")).automatic).toEqual(unknown("no_data"));
});

const volume = (on: string) =>
  plist(`<dict><key>Encryption</key><true/><key>FileVault</key>${on}</dict>`);

test.each([
  ["<true/>", "FileVault is On.\n", known(true)],
  ["<false/>", "FileVault is Off.\n", known(false)],
  [
    "<false/>",
    "FileVault is Off.\nDeferred enablement appears to be active for user 'x'.\n",
    known(false),
  ],
  ["<true/>", "FileVault is On.\nEncryption in progress: Percent completed = 42\n", known(false)],
  ["<true/>", "FileVault is On.\nEncryption in progress: Pending\n", known(false)],
  ["<true/>", "Decryption in progress: percent completed = 31.2\n", known(false)],
  ["<true/>", "FileVault is On.\nEncryption in progress: Percent completed = 255\n", known(false)],
  ["<true/>", "FileVault ist aktiviert.\n", unknown("parse")],
  ["<true/>", "", unknown("parse")],
])("FileVault %s with %j", (on, status, reading) => {
  expect(judgeFileVault(volume(on), status)).toEqual(reading);
});

test("`Encryption` without `FileVault` says nothing", () => {
  const text = plist("<dict><key>Encryption</key><true/></dict>");
  expect(judgeFileVault(text, "FileVault is On.\n")).toEqual(unknown("parse"));
});

test.each([
  ["Firewall is enabled. (State = 1)\n", known(true)],
  ["Firewall is blocking all non-essential incoming connections. (State = 2)\n", known(true)],
  ["Firewall is disabled. (State = 0)\n", known(false)],
  [
    "Firewall is enabled. (State = 1)\nBlock all DISABLED!\nAutomatically allow built-in signed software ENABLED.\nStealth mode enabled\n",
    known(true),
  ],
  [
    "Firewall is disabled. (State = 0)\nFirewall has block all state set to disabled.\nFirewall stealth mode is on\n",
    known(false),
  ],
  ["Die Firewall ist aktiviert. (State = 1)\n", known(true)],
  ["Firewall is enabled. (State = 3)\n", unknown("parse")],
  ["Firewall is enabled.\n", unknown("parse")],
])("socketfilterfw %j", (text, reading) => {
  expect(judgeMacFirewall(text)).toEqual(reading);
});

test.each([
  ["allow_all", known(false)],
  ["limit_connections", known(true)],
  ["block_all", known(true)],
  ["off", unknown("parse")],
])("SPFirewallDataType %s", (word, reading) => {
  const item = { spfirewall_globalstate: `spfirewall_globalstate_${word}` };
  expect(judgeProfiledFirewall(JSON.stringify({ SPFirewallDataType: [item] }))).toEqual(reading);
  expect(judgeProfiledFirewall('{"SPFirewallDataType":[]}')).toEqual(unknown("parse"));
});

const bridge = (word: string) =>
  JSON.stringify({ SPiBridgeDataType: [{ ibridge_secure_boot: word }] });

test.each([
  [bridge("Full Security"), known(true)],
  [bridge("Reduced Security"), known(false)],
  [bridge("Permissive Security"), known(false)],
  [bridge("Medium Security"), known(false)],
  [bridge("No Security"), known(false)],
  [bridge("Seguridad máxima"), unknown("parse")],
  ["{}", unknown("parse")],
])("secure boot %s", (text, reading) => {
  expect(judgeMacSecureBoot(text)).toEqual(reading);
});

test("a Mac without security chip is not applicable", () => {
  expect(judgeMacSecureBoot('{"SPiBridgeDataType":[]}').kind).toBe("notApplicable");
});

test("admins: a name with a space puts each on a line of its own; nested groups hide people", () => {
  const members = "GroupMembership: root alice _mbsetupuser bob\n";
  expect(readMacAdmins(members)).toEqual(["alice", "bob"]);
  expect(readMacAdmins(`${members}No such key: NestedGroups\n`)).toEqual(["alice", "bob"]);
  expect(readMacAdmins("GroupMembership:\n root\n alice\n Eve Adams\n")).toEqual([
    "Eve Adams",
    "alice",
  ]);
  const nested = "ABCDEFAB-CDEF-ABCD-EFAB-CDEF0000000C";
  expect(readMacAdmins(`${members}NestedGroups: ${nested}\n`)).toBeNull();
  expect(readMacAdmins("GroupMembership:\n")).toBeNull();
  expect(readMacAdmins("No such key: GroupMembership")).toBeNull();
});

test("ports: lsof that fails is told from one that found none by its complaints", () => {
  expect(readMacPorts("", "")).toEqual([]);
  expect(readMacPorts("", "lsof: no pwd entry for UID 0\n")).toBeNull();
  const lsof = "p1\nf4\nn*:22\np2\nf5\nn127.0.0.1:631\nf6\nn[::1]:631\nf7\nn[fe80::1]:8080\n";
  expect(readMacPorts(lsof)).toEqual(["tcp/22", "tcp/8080"]);
  expect(readMacPorts("lsof: WARNING")).toBeNull();
});

test("garbage is never good", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(parsePlist(text)).toBeNull();
      expect(judgeFileVault(text, text).kind).toBe("unknown");
      expect(judgeMacSecureBoot(text).kind).not.toBe("known");
      expect(judgeProfiledFirewall(text).kind).toBe("unknown");
      expect(countListedUpdates(text)).toBeNull();
      expect(
        judgeMacUpdates(text, { nowAt: 0, parseDate: Date.parse, listed: 0 }).updates.kind,
      ).toBe("unknown");
      readMacAdmins(text);
      readMacPorts(text);
    }),
  );
});
