/** How a system gets its pending updates, and how it moves to a release that still gets any. */
import type { CatalogueEntry, FixWay } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { byPackageManager } from "./ways.ts";
import { olderSettings, windows10 } from "./windows-settings.ts";

const restart = "Save your work and restart: `sudo systemctl reboot`.";

const pending = "Install the pending updates.";

const updateWays: readonly FixWay[] = [
  ...byPackageManager({
    apt: { text: pending, command: "sudo apt update && sudo apt full-upgrade" },
    dnf: { text: pending, command: "sudo dnf upgrade --refresh" },
    pacman: { text: pending, command: "sudo pacman -Syu" },
    "rpm-ostree": {
      text: numbered("Install the pending updates: `sudo rpm-ostree upgrade`.", restart),
      command: "sudo rpm-ostree upgrade",
    },
    "transactional-update": {
      text: numbered("Install the pending updates: `sudo transactional-update`.", restart),
      command: "sudo transactional-update",
    },
  }),
  {
    when: { "os.product": ["opensuse-tumbleweed", "opensuse-slowroll"] },
    text: pending,
    command: "sudo zypper dup",
  },
  ...byPackageManager({
    zypper: {
      text: "Install the pending updates; where zypper says that it updated itself, run it again.",
      command: "sudo zypper refresh && sudo zypper patch",
    },
  }),
];

/** Fix of signals about pending updates. */
export const updateFix: CatalogueEntry["fix"] = {
  linux: {
    text: "Install the pending updates with the program that keeps this system up to date.",
    ways: updateWays,
  },
  darwin: {
    text: "Open System Settings > General > Software Update and install what is offered.",
    command: "sudo softwareupdate --install --all",
  },
  windows: {
    text: "Open Settings > Windows Update, choose Check for updates and install what is offered.",
    command: "start ms-settings:windowsupdate",
    ways: [
      {
        when: { "os.version": olderSettings },
        text: "Open Settings > Update & Security > Windows Update, choose Check for updates and install what is offered.",
        command: "start ms-settings:windowsupdate",
      },
    ],
  },
};

const upgradeWays: readonly FixWay[] = [
  {
    when: { "os.product": ["ubuntu"], "os.package_manager": ["apt"] },
    text: numbered(
      "Install the pending updates: `sudo apt update && sudo apt full-upgrade`.",
      "Move to the next release, which takes an hour: `sudo do-release-upgrade`.",
    ),
    command: "sudo do-release-upgrade",
  },
  {
    when: { "os.product": ["debian"] },
    text: numbered(
      "Back up what you need.",
      "Follow the chapter `Upgrades` of the release notes, step by step: https://www.debian.org/releases/stable/releasenotes.",
    ),
  },
  {
    when: { "os.product": ["fedora"], "os.package_manager": ["dnf"] },
    text: numbered(
      "Install the pending updates: `sudo dnf upgrade --refresh`.",
      "Fetch the next release: `sudo dnf system-upgrade download --releasever=$(($(rpm -E %fedora)+1))`.",
      "Save your work; the machine restarts and installs it: `sudo dnf system-upgrade reboot`.",
    ),
    command: "sudo dnf system-upgrade download --releasever=$(($(rpm -E %fedora)+1))",
  },
  {
    when: { "os.product": ["rhel"], "os.package_manager": ["dnf"] },
    text: numbered(
      "Install what moves to the next release: `sudo dnf install leapp-upgrade`.",
      "See what stands in its way, and mend that: `sudo leapp preupgrade`.",
      "Fetch the next release: `sudo leapp upgrade`.",
      "Save your work; the machine restarts and installs it: `sudo systemctl reboot`.",
    ),
    command: "sudo leapp preupgrade",
  },
  {
    when: { "os.product": ["opensuse-leap"], "os.package_manager": ["zypper"] },
    text: numbered(
      "Install the pending updates: `sudo zypper refresh && sudo zypper patch`.",
      "Install what moves to the next release: `sudo zypper install opensuse-migration-tool`.",
      "Run it and choose that release: `sudo opensuse-migration-tool`.",
    ),
    command: "sudo zypper install opensuse-migration-tool && sudo opensuse-migration-tool",
  },
  {
    when: { "os.product": ["sles", "sled", "sles_sap"], "os.package_manager": ["zypper"] },
    text: numbered(
      "Install the pending updates: `sudo zypper patch`.",
      "Move to the next release or service pack: `sudo zypper migration`.",
    ),
    command: "sudo zypper migration",
  },
  {
    when: { "os.product": ["arch", "opensuse-tumbleweed", "opensuse-slowroll"] },
    text: "This system has no releases: install the pending updates.",
  },
  {
    when: { "os.package_manager": ["rpm-ostree"], "os.product": ["fedora"] },
    text: numbered(
      "See which releases there are: `ostree remote refs fedora`.",
      "Fetch the next one of what `rpm-ostree status` names: `sudo rpm-ostree rebase fedora:NAME`.",
      restart,
    ),
    command: "rpm-ostree status && ostree remote refs fedora",
  },
];

/** Fix of signals about the release and its support. */
export const upgradeFix: CatalogueEntry["fix"] = {
  linux: {
    text:
      "Move to a release that still gets security updates: the release notes of the next one say how. " +
      "If there is none, this machine has to be installed anew.",
    ways: upgradeWays,
  },
  darwin: {
    text:
      "Open System Settings > General > Software Update and upgrade to a current macOS; " +
      "if none is offered, this Mac has to be replaced.",
  },
  windows: {
    text:
      "Open Settings > Windows Update and install the offered feature update; " +
      "if none is offered, this PC has to be replaced or enrolled in extended updates.",
    command: "start ms-settings:windowsupdate",
    ways: [
      {
        when: { "os.product": ["windows-server"] },
        text: "Move to a release of Windows Server that still gets security updates, by its installation media.",
      },
      {
        when: { "os.version": windows10 },
        text:
          "Open Settings > Update & Security > Windows Update and install Windows 11; " +
          "if it is not offered, this PC has to be replaced or enrolled in extended updates.",
        command: "start ms-settings:windowsupdate",
      },
    ],
  },
};

/** Fix of the age of what the system knows about updates. */
export const refreshFix: CatalogueEntry["fix"] = {
  ...updateFix,
  linux: {
    text: "Refresh the package lists with the program that keeps this system up to date.",
    ways: byPackageManager({
      apt: { text: "Refresh the package lists.", command: "sudo apt update" },
      dnf: { text: "Refresh the package lists.", command: "sudo dnf makecache" },
      zypper: { text: "Refresh the package lists.", command: "sudo zypper refresh" },
      pacman: {
        text: "Install all updates: refreshed lists alone would leave the system half updated.",
        command: "sudo pacman -Syu",
      },
      "rpm-ostree": {
        text: "Ask for newer images.",
        command: "sudo rpm-ostree upgrade --check",
      },
      "transactional-update": {
        text: "Refresh the package lists.",
        command: "sudo zypper refresh",
      },
    }),
  },
};

/** Fix of the running kernel: it comes with the updates. */
export const kernelFix: CatalogueEntry["fix"]["linux"] = {
  text: numbered("Install the pending updates.", restart),
  ways: updateWays.map(({ when, command = "" }) => ({
    when,
    text: numbered(`Install the pending updates: \`${command}\`.`, restart),
    command,
  })),
};
