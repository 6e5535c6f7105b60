import fc from "fast-check";
import { expect, test } from "vitest";
import {
  aptRunsByItself,
  countDnf4,
  countDnf5,
  countDnf5Table,
  countPacman,
  countZypper,
  dnfAppliesByItself,
  hasSystemAdvisories,
} from "./advisories.ts";

test.each([
  ["RHSA-2026:1234 Important/Sec. openssl-3.2-1.x86_64", true],
  ['[{"name":"FEDORA-2026-0123456789"},{"name":"FEDORA-EPEL-2026-0123456789"}]', true],
  ["FEDORA-EPEL-2026-0123456789 Important/Sec. chromium-150.0-1.el9.x86_64", false],
  ['[{"name":"FEDORA-EPEL-NEXT-2026-0123456789"}]', false],
  ["DOCKER-2026:7 Important/Sec. docker-ce-28.0-1.el9.x86_64", false],
  ["ALAS2023-2026-1234 Important/Sec. openssl-3.2-1.amzn2023.x86_64", true],
  ["", false],
])("advisories in %j are the system's: %s", (text, held) => {
  expect(hasSystemAdvisories(text)).toBe(held);
});

test("dnf4 lists one line per advisory and package; a package counts once", () => {
  const text = [
    "Last metadata expiration check: 0:06:32 ago on Sat Nov 21 10:00:00 2026.",
    "RHSA-2026:1234 Important/Sec. openssl-1:3.0.7-28.el9_4.x86_64",
    "RHSA-2026:1300 Moderate/Sec.  openssl-1:3.0.7-28.el9_4.x86_64",
    "RHSA-2026:1301 Low/Sec.       curl-7.76.1-29.el9.x86_64",
    "RHBA-2026:0001 bugfix         bash-5.1.8-9.el9.x86_64",
  ].join("\n");
  expect(countDnf4(text)).toBe(2);
  expect(countDnf4("")).toBe(0);
  expect(countDnf4("Error: Failed to download metadata for repo 'baseos'")).toBeNull();
});

test("dnf5 speaks JSON", () => {
  const rows = [
    { name: "FEDORA-2026-1", type: "security", severity: "important", nevra: "a-1-1.x86_64" },
    { name: "FEDORA-2026-2", type: "bugfix", severity: "None", nevra: "b-1-1.x86_64" },
  ];
  expect(countDnf5(JSON.stringify(rows))).toBe(1);
  expect(countDnf5("[]")).toBe(0);
  expect(countDnf5('{"advisories":[]}')).toBeNull();
  expect(countDnf5("No advisories")).toBeNull();
});

test("older dnf5 prints a table; another head or a cut row is no answer", () => {
  const table = [
    "Name                   Type     Severity  Package              Issued",
    "FEDORA-2026-0a1b2c3d4e security Important openssl-3.2.4-2.fc41 2026-11-20 01:02:03",
    "FEDORA-2026-0a1b2c3d4e security Important openssl-3.2.4-2.fc41 2026-11-20 01:02:03",
    "FEDORA-2026-1111111111 bugfix   None      bash-5.2.37-1.fc41   2026-11-19 01:02:03",
  ].join("\n");
  expect(countDnf5Table(table)).toBe(1);
  expect(countDnf5Table("")).toBe(0);
  expect(countDnf5Table(table.replace("Severity", "Schwere"))).toBeNull();
  expect(countDnf5Table(`${table}\nFEDORA-2026-2 secur`)).toBeNull();
});

test("zypper speaks XML; a stream that is cut is no answer", () => {
  const text =
    `<?xml version='1.0'?><stream><message type="info">Loading…</message><update-status version="0.6"><update-list>` +
    `<update name="SUSE-1" edition="1" kind="patch" category="security" severity="important"><summary/></update>` +
    `<update name="SUSE-2" kind="patch" category="recommended"></update></update-list></update-status></stream>\n`;
  expect(countZypper(text)).toBe(1);
  expect(countZypper(text.slice(0, 200))).toBeNull();
});

test("pacman lists names and versions, ignored ones too", () => {
  expect(countPacman("linux 6.1-1 -> 6.2-1\nbash 5-1 -> 5-2 [ignored]\n")).toBe(2);
  expect(countPacman("")).toBe(0);
  expect(countPacman("", "error: failed to init\n")).toBeNull();
  expect(countPacman("", "warning: database file for 'core' does not exist\n")).toBeNull();
  expect(countPacman("error: failed to init")).toBeNull();
});

test("automatic updates need lists and upgrades, and for dnf that they are applied", () => {
  const lists = 'APT::Periodic::Update-Package-Lists "1";\n';
  expect(aptRunsByItself(`${lists}APT::Periodic::Unattended-Upgrade "1";\n`)).toBe(true);
  expect(aptRunsByItself(`${lists}APT::Periodic::Unattended-Upgrade "0";\n`)).toBe(false);
  expect(aptRunsByItself(lists)).toBe(false);
  expect(dnfAppliesByItself("[commands]\napply_updates = yes\n")).toBe(true);
  expect(dnfAppliesByItself("# apply_updates = yes\napply_updates = no\n")).toBe(false);
});

test("garbage never becomes a count of security updates", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      expect(countZypper(text)).toBeNull();
      expect(countDnf4(`${text} `) ?? 0).toBe(0);
      const count = countDnf5(text);
      expect(count === null || count === 0).toBe(true);
      expect(countDnf5Table(text) ?? 0).toBe(0);
      countPacman(text);
    }),
  );
});
