// Recorded output of Linux tools and files.
import { judgeFamily, readingOf } from "../../agent/core/posture/firewall/judge.ts";
import { parseNft } from "../../agent/core/posture/firewall/nft-json.ts";
import {
  publishedInSave,
  readPublished,
  translatingChains,
} from "../../agent/core/posture/firewall/published-ports.ts";
import { parseXtablesSave } from "../../agent/core/posture/firewall/xtables-save.ts";
import { judgeHardware } from "../../agent/core/posture/hardware.ts";
import { judgeApt, parseReleaseDates } from "../../agent/core/posture/linux/apt.ts";
import { signsIn } from "../../agent/core/posture/linux/autologin.ts";
import { certificateBodies } from "../../agent/core/posture/linux/certificates.ts";
import {
  judgeZfs,
  encryptionOf,
  homesOf,
  judgeDisk,
  judgeHomes,
  parseSwaps,
} from "../../agent/core/posture/linux/disk.ts";
import { imageUpdatesItself } from "../../agent/core/posture/linux/image.ts";
import * as integrity from "../../agent/core/posture/linux/integrity.ts";
import { judgeDomain, readHubStatus } from "../../agent/core/posture/linux/management.ts";
import { judgeModules } from "../../agent/core/posture/linux/modules.ts";
import { parseMountinfo } from "../../agent/core/posture/linux/mountinfo.ts";
import * as packages from "../../agent/core/posture/linux/packages.ts";
import { openPorts } from "../../agent/core/posture/linux/ports.ts";
import { judgeRelease, readUptime } from "../../agent/core/posture/linux/release.ts";
import { inclusionsOf } from "../../agent/core/posture/linux/sudoers.ts";
import { adminsOf } from "../../agent/core/posture/linux/users.ts";
import * as screen from "../../agent/core/posture/screen.ts";
import { fixture, known, parse, orParse, isFalse, never, nowAt, today, sample } from "./sample.ts";
import type { ParserSample } from "./sample.ts";
import { packageSamples } from "./packages.ts";

const firewall = (read: (text: string) => ReturnType<typeof parseNft>) => (text: string) =>
  orParse(read(text), (ruleset) => readingOf(judgeFamily(ruleset, "ipv4", ["eth0"])));
const firewallSamples = [
  sample(
    "firewall.ipv4 by nft",
    firewall((text) => parseNft(text, "ruleset")),
    fixture("firewall/plain-default-deny.json"),
    { bad: fixture("firewall/accept-all.json"), delimited: true },
  ),
  sample(
    "firewall.ipv4 by firewalld",
    firewall((text) => parseNft(text, "ruleset")),
    fixture("firewall/firewalld-public.json"),
    { bad: fixture("firewall/firewalld-trusted.json"), delimited: true },
  ),
  sample(
    "firewall.published_ports by nft",
    (text) =>
      translatingChains(text) === null
        ? parse
        : orParse(readPublished(text), ({ ports }) => known(ports)),
    fixture("firewall/docker-nat.json"),
    { passes: never },
  ),
  sample(
    "firewall.published_ports by iptables-save",
    (text) => known(publishedInSave(text)),
    "-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n",
    { passes: never },
  ),
  sample(
    "firewall.ipv4 by iptables-save",
    (text) =>
      orParse(parseXtablesSave(text, "ipv4", "x_tables:"), (ruleset) =>
        readingOf(judgeFamily(ruleset, "ipv4", ["eth0"])),
      ),
    fixture("firewall/legacy-v4-save.txt"),
    { bad: "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", delimited: true },
  ),
];

const systemSamples = [
  sample(
    "os.supported by os-release",
    (text) => judgeRelease(text, today).supported,
    'ID=debian\nVERSION_ID="12"\n',
    { bad: "ID=debian\nVERSION_ID=10\n" },
  ),
  sample("os.uptime_days by uptime", readUptime, "350735.47 234388.90\n", { passes: never }),
  sample("kernel.tainted by taint", integrity.readTaint, "0\n", {
    passes: isFalse,
    genuine: /^\s*\d+\s*$/,
    bad: "8192\n",
  }),
  sample(
    "kernel.lockdown by lockdown",
    integrity.readLockdown,
    "none [integrity] confidentiality\n",
    {
      passes: (reading) => reading.kind === "known" && reading.value !== "none",
      bad: "[none] integrity confidentiality\n",
    },
  ),
  sample(
    "kernel.signed_modules_only by sig_enforce",
    (text) => integrity.judgeModuleSignatures(text, parse),
    "Y\n",
    { genuine: /^\s*Y\s*$/, bad: "N\n" },
  ),
  sample("os.kernel by release", integrity.readKernelRelease, "6.1.0-18-amd64", { passes: never }),
  sample(
    "kernel.tainting_modules by taint letters",
    (text) => judgeModules([{ name: "x", letters: text }]),
    "POE\n",
    { passes: never },
  ),
  sample(
    "lsm.enforcing by selinux",
    (text) =>
      integrity.judgeLsm({
        active: null,
        selinuxEnforce: text,
        apparmorEnabled: null,
        apparmorProfiles: null,
      }),
    "1",
    { genuine: /^\s*1\s*$/, bad: "0" },
  ),
  sample("tpm.present by tpm", (text) => integrity.judgeTpm(true, text), "2\n", {
    genuine: /^\s*2\s*$/,
    bad: "1\n",
  }),
  sample(
    "boot.secure by efi variable",
    (text) =>
      integrity.judgeSecureBoot({
        efi: true,
        secureBoot: Buffer.from(text, "latin1"),
        setupMode: Buffer.from([6, 0, 0, 0, 0]),
        shimInsecure: null,
      }),
    "\u0006\u0000\u0000\u0000\u0001",
    { genuine: /^[^]{5}$/, bad: "\u0006\u0000\u0000\u0000\u0000", delimited: true },
  ),
  sample(
    "hardware.serials by dmi",
    (text) => judgeHardware({ vendor: text, model: text, serials: [text], denied: false }).serials,
    "PF3ABCDE\n",
    { passes: never },
  ),
  sample(
    "ports.listening by proc net",
    (text) => orParse(openPorts({ tcp: text, tcp6: "", udp: "", udp6: "" }), known),
    "  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A\n",
    { passes: never },
  ),
  sample(
    "users.admins by passwd and group",
    (text) => orParse(adminsOf({ passwd: text, group: text, sudoers: text }), known),
    "root:x:0:0:root:/root:/bin/bash\nsudo:x:27:alice\nalice:x:1000:1000::/home/alice:/bin/bash\n",
    { passes: never },
  ),
  sample(
    "users.autologin by gdm",
    (text) => known(signsIn("gdm", text)),
    "[daemon]\nAutomaticLoginEnable=true\n",
    { passes: never },
  ),
  sample(
    "users.autologin by getty",
    (text) => known(signsIn("getty", text)),
    "ExecStart=-/sbin/agetty --autologin root tty1\n",
    { passes: never },
  ),
  sample(
    "disk.encrypted by mountinfo",
    (text) => orParse(parseMountinfo(text), () => parse),
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
    { passes: never },
  ),
  sample(
    "disk.encrypted by device-mapper",
    (text) => {
      const how = encryptionOf(text);
      const leaf =
        how === null
          ? ({ kind: "plain", device: "dm-0" } as const)
          : ({ kind: "encrypted", device: "dm-0", how } as const);
      return judgeDisk([{ name: "/", leaves: [leaf] }]);
    },
    "CRYPT-LUKS2-62688ee48c3841e9b0b66bab449621a5-root",
    { bad: "CRYPT-INTEGRITY-integ0" },
  ),
  sample(
    "disk.homes_encrypted by passwd",
    (text) =>
      orParse(homesOf(text), (homes) =>
        judgeHomes(homes.map((path) => ({ path, leaves: [], byFile: null }))),
      ),
    "ana:x:1000:1000::/home/ana:/bin/bash\n",
    { passes: never },
  ),
  sample(
    "os.security_updates by InRelease",
    (text) =>
      judgeApt(
        null,
        { checkedAt: nowAt, releases: [parseReleaseDates(text)], security: "first" },
        nowAt,
      ).updates,
    "Date: Fri, 20 Nov 2026 00:12:41 UTC\nValid-Until: Fri, 27 Nov 2026 00:12:41 UTC\n",
    { passes: never },
  ),
  sample(
    "os.auto_update by rpm-ostreed",
    (text) => known(imageUpdatesItself(text)),
    "[Daemon]\nAutomaticUpdatePolicy=stage\n",
    { bad: "[Daemon]\nAutomaticUpdatePolicy=check\n" },
  ),
  sample(
    "browsers.installed by pacman",
    (text) => known(packages.pacmanBrowsers(text.split("\n"))),
    "firefox-140.3.0-1\n",
    { passes: never },
  ),
  sample(
    "disk.encrypted by swaps",
    (text) => ((parseSwaps(text) ?? []).length < 0 ? known(true) : parse),
    "Filename\t\t\tType\n/dev/sda2 partition 1 0 -2\n",
    { passes: never },
  ),
  sample(
    "certificates.extra_roots by bundle",
    (text) => orParse(certificateBodies(text), known),
    "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
    { passes: never },
  ),
  sample(
    "mdm.enrolled by ws1",
    (text) => orParse(readHubStatus(text), known),
    '{"enrolled":true}',
    { bad: '{"enrolled":false}', delimited: true },
  ),
  sample(
    "domain.joined by sssd",
    (text) => judgeDomain({ keytab: true, sambaSecrets: false, sssd: { kind: "text", text } }),
    "[domain/x]\nid_provider = ad\n",
    { bad: "[domain/x]\nid_provider = files\n" },
  ),
  sample(
    "screen.locks by gsettings",
    (text) => {
      const [lockEnabled = "", lockDelay = "", idleDelay = "", lockDisabled = ""] =
        text.split("\n");
      const settings = { lockEnabled, lockDelay, idleDelay, lockDisabled };
      return screen.joinSessions([screen.judgeGnome(settings)]);
    },
    "true\nuint32 0\nuint32 300\nfalse\n",
    { bad: "true\nuint32 0\nuint32 0\nfalse\n" },
  ),
  sample(
    "screen.locks by kscreenlockerrc",
    (text) => screen.joinSessions([screen.judgeKde(text)]),
    "[Daemon]\nAutolock=true\nTimeout=5\n",
    { passes: never, bad: "[Daemon]\nAutolock=false\n" },
  ),
  sample(
    "screen.locks by loginctl",
    (text) => (screen.readSession(text) === null ? parse : known(false)),
    "Name=a\nUser=1000\nType=x11\nClass=user\nState=active\n",
    { passes: never },
  ),
  sample(
    "disk.encrypted by zfs",
    (text) => {
      const { kind } = judgeZfs(text, "tank/home");
      return kind === "unknown" ? parse : known(kind === "encrypted");
    },
    "aes-256-gcm\n",
    { genuine: /^\s*(on|aes-(128|192|256)-[cg]cm)\s*$/, bad: "off\n" },
  ),
  sample(
    "users.admins by sudoers' includes",
    (text) => known(inclusionsOf(text).map(({ path }) => path)),
    "@includedir /etc/sudoers.d\n",
    { passes: never },
  ),
];

/** All of Linux. */
export const linuxSamples: readonly ParserSample[] = [
  ...firewallSamples,
  ...packageSamples,
  ...systemSamples,
];
