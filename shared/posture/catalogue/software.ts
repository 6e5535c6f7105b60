/** Signals about installed software. */
import type { CatalogueEntry, FixText } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { byPackageManager } from "./ways.ts";
import { doesNotApply, tierClocks } from "./tier.ts";

/** Shows what is held, then releases it. */
function release(show: string, undo: string): FixText {
  const text = numbered(
    `See which ones are held: \`${show}\`.`,
    `Release each by its name: \`${undo}\`.`,
  );
  return { text, command: show };
}

const heldWays = byPackageManager({
  apt: release("apt-mark showhold", "sudo apt-mark unhold NAME"),
  dnf: release("sudo dnf versionlock list", "sudo dnf versionlock delete NAME"),
  zypper: release("zypper locks", "sudo zypper removelock NAME"),
  pacman: {
    text: numbered(
      "See which ones are held: `grep -n Ignore /etc/pacman.conf`.",
      "Take them out of IgnorePkg and IgnoreGroup in /etc/pacman.conf.",
    ),
    command: "grep -n Ignore /etc/pacman.conf",
  },
  "rpm-ostree": release("rpm-ostree status", "sudo rpm-ostree override reset NAME"),
  "transactional-update": release("zypper locks", "sudo zypper removelock NAME"),
});

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
        text: "Release the packages that the system's package manager keeps from being updated.",
        ways: heldWays,
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
