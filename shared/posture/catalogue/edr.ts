/** Signals about endpoint protection: presence, health, age of signatures. */
import type { CatalogueEntry, FixText } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { alike, byPackageManager } from "./ways.ts";
import { everywhere, tierClocks } from "./tier.ts";

const clamav = { "edr.products": ["clamav"] };

const failedServices = "systemctl list-units --type=service --state=failed";

/** ClamAV's service bears another name almost everywhere. */
function startOf(service: string): FixText {
  return {
    text: numbered(
      `Look whether your organisation's endpoint protection failed: \`${failedServices}\`.`,
      `Start it anew; ClamAV is started by: \`sudo systemctl enable --now ${service}\`.`,
      "If none is installed, ask IT for it.",
    ),
    command: failedServices,
  };
}

const startFix: CatalogueEntry["fix"] = {
  linux: {
    text:
      "Start your organisation's endpoint protection: the command names services that failed. " +
      "If none is installed, ask IT for it.",
    command: failedServices,
    ways: byPackageManager({
      apt: startOf("clamav-daemon"),
      dnf: startOf("clamd@scan"),
      zypper: startOf("clamd"),
      pacman: startOf("clamav-daemon"),
      "rpm-ostree": startOf("clamd@scan"),
      "transactional-update": startOf("clamd"),
    }),
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
        ...alike("Update the ClamAV that runs here.", {
          apt: "sudo apt update && sudo apt install --only-upgrade clamav-daemon",
          dnf: "sudo dnf upgrade --refresh clamd",
          zypper: "sudo zypper refresh && sudo zypper update clamav",
        }),
        pacman: {
          text: "Update ClamAV together with the system: a part alone would not fit to the rest.",
          command: "sudo pacman -Syu",
        },
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
        text: "Open your organisation's endpoint protection and have it update its signatures.",
        ways: byPackageManager(
          alike("Have ClamAV update its signatures: its updater does so when it is started anew.", {
            apt: "sudo systemctl restart clamav-freshclam",
            dnf: "sudo systemctl restart clamav-freshclam",
            zypper: "sudo systemctl restart freshclam",
            pacman: "sudo systemctl restart clamav-freshclam",
            "rpm-ostree": "sudo systemctl restart clamav-freshclam",
            "transactional-update": "sudo systemctl restart freshclam",
          }),
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
