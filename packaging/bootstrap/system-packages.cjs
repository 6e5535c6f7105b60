"use strict";
// The few things only the system's package manager can give: nft, ip, util-linux, libatomic, a Go.
// Installs them where it may (root on an apt system), otherwise names the one command that does.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { done, lacks, say } = require("./outcome.cjs");
const { findProgram, isExecutable } = require("./programs.cjs");

const aptGet = "/usr/bin/apt-get";

/** Name of each package in the families of distributions, by the id in /etc/os-release. */
const families = [
  { ids: ["debian", "ubuntu"], command: "apt-get install -y", names: {} },
  {
    ids: ["fedora", "rhel", "centos"],
    command: "dnf install -y",
    names: {
      iproute2: "iproute",
      libatomic1: "libatomic",
      mount: "util-linux",
      "golang-go": "golang",
    },
  },
  {
    ids: ["arch"],
    command: "pacman -S --noconfirm",
    names: { libatomic1: "gcc-libs", mount: "util-linux", "golang-go": "go" },
  },
  {
    ids: ["suse", "opensuse"],
    command: "zypper install -y",
    names: { mount: "util-linux", "golang-go": "go" },
  },
];

/**
 * Debian names of the packages whose programs are absent.
 * @param {(program: string) => string | undefined} [find]
 */
const missingTools = (find = findProgram) => {
  const wanted = [
    { package: "nftables", programs: ["nft"] },
    { package: "iproute2", programs: ["ip"] },
    { package: "util-linux", programs: ["unshare", "nsenter", "setpriv"] },
    { package: "mount", programs: ["mount"] },
  ];
  return wanted
    .filter(({ programs }) => programs.some((program) => find(program) === undefined))
    .map((entry) => entry.package);
};

/**
 * The command a person types on this distribution to get the packages.
 * @param {string[]} packages Debian names
 * @param {string} osRelease text of /etc/os-release
 */
const installLine = (packages, osRelease) => {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) =>
    match[1].split(" "),
  );
  const family = families.find((entry) => entry.ids.some((id) => ids.includes(id))) ?? families[0];
  const names = new Set(packages.map((name) => family.names[name] ?? name));
  return `sudo ${family.command} ${[...names].join(" ")}`;
};

const readOsRelease = () =>
  fs.existsSync("/etc/os-release") ? fs.readFileSync("/etc/os-release", "utf8") : "";

/** Whether we may install: root where apt-get is. */
const mayInstall = () =>
  process.platform === "linux" && process.getuid?.() === 0 && isExecutable(aptGet);

/** @param {string[]} args */
const apt = (args) =>
  spawnSync(aptGet, ["-qq", "-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });

/**
 * Installs packages without asking; the package lists are fetched only when the first try fails.
 * @param {string[]} packages Debian names
 * @returns {import('./outcome.cjs').Outcome}
 */
const installPackages = (packages) => {
  if (packages.length === 0) return done;
  const line = installLine(packages, readOsRelease());
  if (!mayInstall()) return lacks(`missing ${packages.join(", ")}; install with: ${line}`);
  say(`installing ${packages.join(" ")} (apt-get)`);
  const install = ["install", "-y", "--no-install-recommends", ...packages];
  if (apt(install).status === 0) return done;
  apt(["update"]);
  const second = apt(install);
  if (second.status === 0) return done;
  const reason = (second.stderr ?? "").trim().split("\n").at(-1) ?? "";
  return lacks(`apt-get could not install ${packages.join(", ")} (${reason}); try: ${line}`);
};

module.exports = { missingTools, installLine, installPackages };
