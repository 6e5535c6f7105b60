/** Signals about data at rest. */
import type { CatalogueEntry, FixText } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { doesNotApply, tierClocks } from "./tier.ts";
import { olderSettings } from "./windows-settings.ts";

const linuxDisk =
  "Linux encrypts at installation: back up, reinstall with `Encrypt the disk` (LUKS) chosen, restore. " +
  "Encrypt swap too, or use zram. `cryptsetup reencrypt --encrypt` converts a disk that is not in use.";

function deviceEncryption(settings: string): FixText {
  return {
    text: numbered(
      `Open ${settings} > Device encryption, or Control Panel > BitLocker Drive Encryption.`,
      "Turn it on; if it says suspended, choose Resume protection.",
      "Keep the recovery key somewhere else than on this PC.",
    ),
    command: "manage-bde -on C: -used -recoverypassword",
  };
}

/** Disk encryption signals. */
export const diskSignals: readonly CatalogueEntry[] = [
  {
    signal: "disk.encrypted",
    madeBy: "disk",
    type: "bool",
    ...tierClocks.warm,
    floorPollMs: 10 * 60_000,
    evented: ["windows"],
    privacy: "plain",
    title: "Disk encryption",
    said: { true: "the disk is encrypted", false: "the disk is not encrypted" },
    why:
      "True only when every physical disk beneath the system, the homes and the swap space is encrypted; " +
      "one plain disk in a volume group makes it false, and so does encryption that has not finished. " +
      "On Linux nothing is said of the cipher's strength.",
    fix: {
      linux: {
        text: linuxDisk,
      },
      darwin: {
        text: numbered(
          "Open System Settings > Privacy & Security > FileVault and turn it on.",
          "Keep the recovery key somewhere else than on this Mac.",
        ),
        command: "sudo fdesetup enable",
      },
      windows: {
        ...deviceEncryption("Settings > Privacy & security"),
        ways: [
          {
            when: { "os.version": olderSettings },
            ...deviceEncryption("Settings > Update & Security"),
          },
        ],
      },
    },
    who: "it",
    os: ["linux", "darwin", "windows"],
  },
  {
    signal: "disk.homes_encrypted",
    madeBy: "disk",
    type: "bool",
    ...tierClocks.warm,
    floorPollMs: 10 * 60_000,
    evented: [],
    privacy: "plain",
    title: "Homes encrypted, by disk or file by file",
    said: { true: "every home is encrypted", false: "a home is not encrypted" },
    why:
      "True when each person's home lies on encrypted disks or is encrypted file by file (fscrypt, eCryptfs, gocryptfs). " +
      "Weaker than disk.encrypted: file by file leaves names, sizes, swap and the rest of the disk open.",
    fix: {
      ...doesNotApply,
      linux: {
        text: `${linuxDisk} Homes alone: \`fscrypt setup\`, then \`fscrypt encrypt\` on an empty folder, and move the home into it.`,
      },
    },
    who: "it",
    os: ["linux"],
  },
];
