/** Signals about endpoint protection: presence, health, age of signatures. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { byPackageManager } from "./ways.ts";
import { everywhere, tierClocks } from "./tier.ts";

const clamav = { "edr.products": ["clamav"] };

const startFix: CatalogueEntry["fix"] = {
  linux: {
    text:
      "Start your organisation's endpoint protection: the command names services that failed. ClamAV's are called " +
      "clamav-daemon on Debian, Ubuntu and Arch, clamd@scan on Fedora and RHEL, clamd on SUSE. If none is installed, ask IT for it.",
    command: "systemctl list-units --type=service --state=failed",
  },
  darwin: {
    text:
      "Open your organisation's endpoint protection from Applications and allow its system extension in " +
      "System Settings > General > Login Items & Extensions; if none is installed, ask IT for it.",
    command: "systemextensionsctl list",
  },
  windows: {
    text:
      "Open Windows Security > Virus & threat protection and switch real-time protection on, " +
      "or start your organisation's product; if none is installed, ask IT for it.",
    command: "start windowsdefender://threat",
  },
};

const engineFix: CatalogueEntry["fix"] = {
  linux: {
    text: "Update the product with the package manager that brought it; one that did not come as a package updates itself.",
    ways: byPackageManager(
      {
        apt: "sudo apt update && sudo apt install --only-upgrade clamav-daemon",
        dnf: "sudo dnf upgrade --refresh clamd",
        zypper: "sudo zypper refresh && sudo zypper update clamav",
        pacman: "sudo pacman -Syu",
      },
      clamav,
    ),
  },
  darwin: {
    text: "Open System Settings > General > Software Update > Automatic updates and switch on security responses and system files.",
    command: "sudo xprotect update",
  },
  windows: {
    text: "Open Windows Security > Virus & threat protection > Protection updates > Check for updates.",
    command: "Update-MpSignature",
  },
};

/** Endpoint protection signals. */
export const edrSignals: readonly CatalogueEntry[] = [
  {
    signal: "edr.running",
    madeBy: "presence",
    type: "bool",
    ...tierClocks.hot,
    evented: ["linux", "darwin", "windows"],
    privacy: "plain",
    title: "Endpoint protection running",
    said: { true: "endpoint protection runs", false: "no endpoint protection runs" },
    why:
      "A known product's process runs from its own root-owned program file. " +
      "A process that merely bears the name does not count, nor one that a person runs.",
    fix: startFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "edr.products",
    madeBy: "protection",
    type: "set",
    ...tierClocks.warm,
    floorPollMs: 5 * 60_000,
    evented: ["linux", "darwin", "windows"],
    privacy: "plain",
    title: "Endpoint protection products that run",
    why: "Ids of our product catalogue such as `clamav` or `crowdstrike`, for policies that ask for one by name.",
    fix: startFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "edr.healthy",
    madeBy: "protection",
    type: "bool",
    ...tierClocks.warm,
    floorPollMs: 5 * 60_000,
    evented: ["linux", "darwin", "windows"],
    privacy: "plain",
    title: "Endpoint protection healthy",
    said: { true: "endpoint protection is healthy", false: "endpoint protection is not healthy" },
    why:
      "The product itself says that its engine is loaded, real-time protection is on and signatures are current. " +
      "Unknown for products that cannot be asked.",
    fix: startFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "edr.signature_age_hours",
    madeBy: "protection",
    type: "int",
    unit: "hours",
    domain: { min: 0, max: 1_000_000 },
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Age of the malware signatures",
    why: "Hours since signatures were made; of several products that run, the oldest signatures count.",
    fix: {
      linux: {
        text:
          "Let the product update its signatures: ClamAV does so when clamav-freshclam is started anew " +
          "(on SUSE freshclam), others in their own window.",
        ways: byPackageManager(
          {
            apt: "sudo systemctl restart clamav-freshclam",
            dnf: "sudo systemctl restart clamav-freshclam",
            zypper: "sudo systemctl restart freshclam",
            pacman: "sudo systemctl restart clamav-freshclam",
          },
          clamav,
        ),
      },
      darwin: { text: "Open your organisation's endpoint protection and choose Update." },
      windows: {
        text: "Open Windows Security > Virus & threat protection > Protection updates > Check for updates.",
        command: "Update-MpSignature",
      },
    },
    who: "user",
    os: everywhere,
  },
  {
    signal: "edr.engines",
    madeBy: "protection",
    type: "set",
    ...tierClocks.warm,
    evented: ["windows"],
    privacy: "plain",
    title: "Malware engines and their versions",
    why:
      "As `defender 1.1.25100.9`, `clamav 1.4.6` or, on macOS, `xprotect 5357`: engines have updates of their own, beside " +
      "the signatures. Products that do not name theirs are missing.",
    fix: engineFix,
    who: "user",
    os: everywhere,
  },
  {
    signal: "edr.missing_engine_days",
    madeBy: "controller",
    type: "int",
    unit: "days",
    domain: { min: 0, max: 100_000 },
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Days since the malware engine that is missing",
    why:
      "Days since a newer version of one of the engines was published; zero when all are current. " +
      "The controller judges it by its imported bundle.",
    fix: engineFix,
    who: "user",
    os: everywhere,
  },
];
