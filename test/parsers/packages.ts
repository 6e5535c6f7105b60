// Recorded output of Linux package managers.
import * as advisories from "../../agent/core/posture/linux/advisories.ts";
import { judgeApt, parseAptUpgrade } from "../../agent/core/posture/linux/apt.ts";
import type { AptLists } from "../../agent/core/posture/linux/apt.ts";
import {
  readPackageVersions,
  remainingUpgrade,
} from "../../agent/core/posture/linux/apt-progress.ts";
import { readSecuritySources } from "../../agent/core/posture/linux/apt-sources.ts";
import { encryptedFolders, judgeHomes } from "../../agent/core/posture/linux/disk.ts";
import { judgeImage } from "../../agent/core/posture/linux/image.ts";
import * as packages from "../../agent/core/posture/linux/packages.ts";
import { fixture, known, orParse, isZero, never, nowAt, sample } from "./sample.ts";
import type { ParserSample } from "./sample.ts";

const installed = (version: string) =>
  `Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: ${version}\n\n`;
const freshLists: AptLists = {
  checkedAt: nowAt,
  releases: [{ signedAt: nowAt, validUntilAt: null }],
  security: "first",
};
const policy = (priority: number) =>
  "Package files:\n 500 http://host/security x/main amd64 Packages\n" +
  "     release v=12,o=Debian,a=oldstable-security,l=Debian-Security\n" +
  ` ${priority} http://host/debian x/main amd64 Packages\n` +
  "     release v=12.15,o=Debian,a=oldstable,l=Debian\nPinned packages:\n";

/** All of them. */
export const packageSamples: readonly ParserSample[] = [
  sample(
    "os.security_updates by apt",
    (text) => judgeApt(parseAptUpgrade(text), freshLists, nowAt).updates,
    "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n",
    { passes: isZero, bad: fixture("linux/apt-dist-upgrade.txt"), delimited: true },
  ),
  sample(
    "os.security_updates by apt-cache",
    (text) => {
      const upgrade = { pending: 0, security: 0, unread: 0 };
      return judgeApt(upgrade, { ...freshLists, security: readSecuritySources(text) }, nowAt)
        .updates;
    },
    policy(500),
    { passes: isZero, bad: policy(990) },
  ),
  sample(
    "os.security_updates by dnf",
    (text) => orParse(advisories.countDnf4(text), known),
    "Last metadata expiration check: 0:06:32 ago on Sat Nov 21 10:00:00 2026.\n",
    {
      passes: isZero,
      genuine: /^\s*$/,
      bad: "RHSA-2026:1234 Important/Sec. openssl-1:3.0.7-28.el9_4.x86_64\n",
    },
  ),
  sample(
    "os.security_updates by dnf5's table",
    (text) => orParse(advisories.countDnf5Table(text), known),
    "Name Type Severity Package Issued\nF-2026-1 bugfix None a-1-1.x86_64 2026-11-20\n",
    {
      passes: isZero,
      bad: "Name Type Severity Package Issued\nF-2026-1 security Low a-1-1.x86_64 2026-11-20\n",
      genuine: /^\s*$|^\s*Name\s+Type\s+Severity\s+Package\s+Issued/,
    },
  ),
  sample(
    "os.security_updates by dnf5",
    (text) => orParse(advisories.countDnf5(text), known),
    "[]",
    {
      passes: isZero,
      genuine: /^\s*\[\s*\]\s*$/,
      bad: '[{"name":"F","type":"security","nevra":"a-1-1.x86_64"}]',
      delimited: true,
    },
  ),
  sample(
    "os.security_updates by zypper",
    (text) => orParse(advisories.countZypper(text), known),
    '<stream><update-status version="0.6"></update-status></stream>\n',
    {
      passes: isZero,
      bad: '<stream><update-status version="0.6"><update name="S" kind="patch" category="security"></update></update-status></stream>\n',
      delimited: true,
    },
  ),
  sample(
    "os.security_updates by pacman",
    (text) => orParse(advisories.countPacman(text), known),
    "",
    { passes: never, bad: "linux 6.1-1 -> 6.2-1\n" },
  ),
  sample(
    "os.security_updates by rpm-ostree",
    (text) => judgeImage(text, nowAt).updates,
    JSON.stringify({ deployments: [{ booted: true, timestamp: nowAt / 1_000 }] }),
    {
      passes: isZero,
      bad: JSON.stringify({
        deployments: [{ booted: true, timestamp: nowAt / 1_000 }],
        "cached-update": { advisories: [["FEDORA-2026-1", 1, 3, [], {}]] },
      }),
      delimited: true,
    },
  ),
  sample(
    "os.security_updates by dpkg after apt",
    (text) =>
      orParse(
        remainingUpgrade(
          "Inst a [1] (2 Debian-Security:12/oldstable-security [all])\n",
          new Map([["a:all", "1"]]),
          readPackageVersions(text) ?? new Map([["a:all", "1"]]),
        ),
        ({ security }) => known(security),
      ),
    installed("2"),
    { passes: isZero, bad: installed("1") },
  ),
  sample(
    "disk.homes_encrypted by lsattr",
    (text) =>
      judgeHomes([
        {
          path: "/home/ana",
          leaves: [{ kind: "plain", device: "vda" }],
          byFile: encryptedFolders(text).get("/home/ana") ?? null,
        },
      ]),
    "--------E-----e------- /home/ana\n",
    { bad: "--------------e------- /home/ana\n" },
  ),
  sample(
    "os.auto_update by apt-config",
    (text) => known(advisories.aptRunsByItself(text)),
    'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n',
    { bad: 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "0";\n' },
  ),
  sample(
    "os.auto_update by dnf-automatic",
    (text) => known(advisories.dnfAppliesByItself(text)),
    "[commands]\napply_updates = yes\n",
    { bad: "apply_updates = no\n" },
  ),
  sample(
    "os.held_packages by dpkg status",
    (text) =>
      orParse(packages.parseDpkgStatus(text), (all) =>
        known(all.filter(({ held }) => held).map(({ name }) => name)),
      ),
    "Package: a\nStatus: hold ok installed\nVersion: 1\n",
    { passes: never },
  ),
  sample(
    "os.held_packages by versionlock",
    (text) =>
      known([
        ...packages.parseLockList(text),
        ...packages.parseDnf5Locks(text),
        ...packages.parseZypperLocks(text),
        ...packages.parsePacmanIgnores(text),
      ]),
    "kernel-0:5.14.*\nIgnorePkg = linux\n",
    { passes: never },
  ),
  sample(
    "browsers.installed by rpm",
    (text) => known(packages.parseRpmBrowsers(text)),
    "firefox 140.3.0\n",
    { passes: never },
  ),
  sample(
    "browsers.installed by snap",
    (text) => known([packages.snapVersion(text) ?? ""]),
    "name: firefox\nversion: 140.0\n",
    { passes: never },
  ),
  sample(
    "browsers.installed by Flatpak's metainfo",
    (text) => orParse(packages.flatpakVersion(text), (version) => known([version])),
    '<releases><release version="140.0" date="2026-11-01"/></releases>\n',
    { passes: never },
  ),
];
