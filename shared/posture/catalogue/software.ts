/** Signals about installed software. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { byPackageManager } from "./ways.ts";
import { doesNotApply, tierClocks } from "./tier.ts";

/** Software signals. */
export const softwareSignals: readonly CatalogueEntry[] = [
  {
    signal: "os.held_packages",
    madeBy: "software",
    type: "set",
    ...tierClocks.cold,
    evented: ["linux"],
    privacy: "plain",
    title: "Packages kept from being updated",
    why:
      "Packages that an administrator put on hold (apt hold, versionlock, zypper locks, IgnorePkg). " +
      "Their pending security updates count as pending all the same.",
    fix: {
      ...doesNotApply,
      linux: {
        text:
          "Release them: `sudo apt-mark unhold NAME` on Debian and Ubuntu, `sudo dnf versionlock delete NAME` on " +
          "Fedora and RHEL, `sudo zypper removelock NAME` on SUSE, take them out of IgnorePkg on Arch.",
        ways: byPackageManager({
          apt: "apt-mark showhold",
          dnf: "sudo dnf versionlock list",
          zypper: "zypper locks",
          pacman: "grep -n Ignore /etc/pacman.conf",
        }),
      },
    },
    who: "it",
    os: ["linux"],
  },
  {
    signal: "browsers.installed",
    madeBy: "software",
    type: "set",
    ...tierClocks.cold,
    evented: ["linux", "darwin", "windows"],
    privacy: "plain",
    title: "Browsers and their versions",
    why:
      "As `firefox 140.3.0`, from the package database or the bundle's own papers; no browser is started. " +
      "Browsers in people's homes are not seen.",
    fix: {
      linux: { text: "Update the browser with the package manager that brought it." },
      darwin: { text: "Open the browser, choose About from its menu and let it update." },
      windows: { text: "Open the browser, choose Help > About and let it update." },
    },
    who: "user",
    os: ["linux", "darwin", "windows"],
  },
];
