/** Signals about the operating system and its patch level. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { packageManagers } from "../package-tool.ts";
import { doesNotApply, everywhere, tierClocks } from "./tier.ts";
import { refreshFix, updateFix, upgradeFix } from "./update-fix.ts";

const versionSignals: readonly CatalogueEntry[] = [
  {
    signal: "os.version",
    madeBy: "release",
    type: "version",
    ...tierClocks.cold,
    evented: ["linux", "darwin"],
    privacy: "plain",
    title: "Operating system version",
    why:
      "Linux: VERSION_ID of os-release. macOS: product version. Windows: 10.0.BUILD.REVISION. " +
      "A rolling distribution has none: no_data.",
    fix: upgradeFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "os.product",
    madeBy: "release",
    type: "string",
    ...tierClocks.cold,
    evented: ["linux", "darwin"],
    privacy: "plain",
    title: "Operating system",
    why: "Linux: ID of os-release, such as `debian`. Otherwise `macos`, `windows` or `windows-server`.",
    fix: upgradeFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "os.package_manager",
    madeBy: "release",
    type: "enum",
    domain: packageManagers,
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Program that updates the system",
    why:
      "By ID and ID_LIKE of os-release, and by what updates the system as one image. The commands of fixes are for it; " +
      "unknown (unsupported_os) where we know none.",
    fix: { ...doesNotApply, linux: { text: "Nothing to do: the distribution brings it." } },
    who: "it",
    os: ["linux"],
  },
  {
    signal: "os.supported",
    madeBy: "release",
    type: "bool",
    ...tierClocks.cold,
    evented: ["linux", "darwin"],
    privacy: "plain",
    title: "Operating system still gets security updates",
    said: {
      true: "the system still gets security updates",
      false: "the system gets no security updates any more",
    },
    why:
      "After the end of support new holes stay open for ever. Judged by a dated table in the agent, or by the bundle " +
      "that the controller imported; a release that the table does not know, or a table past its own date, is unknown. " +
      "Apple names no day before support has ended: the three newest lines of macOS in a bundle that holds are supported.",
    fix: upgradeFix,
    who: "it",
    os: everywhere,
  },
];

const lifetimeSignals: readonly CatalogueEntry[] = [
  {
    signal: "os.support_days_left",
    madeBy: "release",
    type: "int",
    unit: "days",
    domain: { min: -100_000, max: 100_000 },
    ...tierClocks.cold,
    evented: ["linux", "darwin"],
    privacy: "plain",
    title: "Days until security updates end",
    why:
      "Below zero when they have ended. A policy can warn before the day instead of blocking on it. " +
      "A rolling distribution has no such day.",
    fix: upgradeFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "os.builds_behind",
    madeBy: "controller",
    type: "int",
    unit: "builds",
    domain: { min: 0, max: 100_000 },
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Newer builds of this system version",
    why:
      "How many builds the vendor has published since the installed one. The controller judges it by its imported " +
      "bundle (`os-intel import`); without a bundle, or past its end, it is unknown.",
    fix: updateFix,
    who: "user",
    os: ["darwin", "windows"],
  },
  {
    signal: "os.missing_build_days",
    madeBy: "controller",
    type: "int",
    unit: "days",
    domain: { min: 0, max: 100_000 },
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Days since the first build that is missing",
    why:
      "Zero when nothing is missing: `atMost: 14` gives people two weeks for each update. The controller judges it " +
      "by its imported bundle.",
    fix: updateFix,
    who: "user",
    os: ["darwin", "windows"],
  },
  {
    signal: "os.uptime_days",
    madeBy: "release",
    type: "int",
    unit: "days",
    domain: { min: 0, max: 100_000 },
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Days since the last start",
    why: "Time asleep counts. Windows' fast startup is no start.",
    fix: {
      linux: { text: "Save your work and restart.", command: "sudo systemctl reboot" },
      darwin: { text: "Save your work and choose Apple menu > Restart." },
      windows: {
        text: "Save your work and choose Start > Power > Restart (Shut down is not enough).",
      },
    },
    who: "user",
    os: everywhere,
  },
];

const patchSignals: readonly CatalogueEntry[] = [
  {
    signal: "os.security_updates",
    madeBy: "patches",
    type: "int",
    unit: "updates",
    domain: { min: 0, max: 1_000_000 },
    ...tierClocks.cold,
    evented: ["linux", "darwin", "windows"],
    privacy: "plain",
    title: "Pending security updates",
    why:
      "Number of security updates that the system's own package manager would install now. " +
      "Held packages count. Unknown (stale_source) when the package lists are too old to tell, (no_data) where no source " +
      "of security updates is set, and (conflict) where a pin or APT::Default-Release puts others before them.",
    fix: updateFix,
    who: "user",
    os: everywhere,
  },
  {
    signal: "os.update_source_age_hours",
    madeBy: "patches",
    type: "int",
    unit: "hours",
    domain: { min: 0, max: 1_000_000 },
    ...tierClocks.cold,
    evented: ["linux", "darwin"],
    privacy: "plain",
    title: "Age of the update information",
    why:
      "Hours since the system last asked its update source. " +
      "`No updates pending` from last summer's lists proves nothing.",
    fix: refreshFix,
    who: "user",
    os: everywhere,
  },
  {
    signal: "os.reboot_pending",
    madeBy: "release",
    type: "bool",
    ...tierClocks.cold,
    evented: ["linux", "windows"],
    privacy: "plain",
    title: "Restart needed to finish updates",
    said: { true: "a restart is needed to finish updates", false: "no restart is pending" },
    why: "An update that waits for a restart protects nobody: the old kernel or library still runs.",
    fix: {
      linux: { text: "Save your work and restart.", command: "sudo systemctl reboot" },
      darwin: { text: "Does not apply to macOS." },
      windows: { text: "Save your work and choose Start > Power > Update and restart." },
    },
    who: "user",
    os: ["linux", "windows"],
  },
];

const hotfixSignal: CatalogueEntry = {
  signal: "os.hotfixes",
  madeBy: "patches",
  type: "set",
  ...tierClocks.cold,
  evented: ["windows"],
  privacy: "plain",
  title: "Installed hotfixes",
  why:
    "Such as `KB5031234`, for policies that ask for one by name. Windows leaves out what a later update replaced: " +
    "ask for `os.version` where the build tells the same.",
  fix: { ...doesNotApply, windows: updateFix.windows },
  who: "user",
  os: ["windows"],
};

/** Operating system signals. */
export const systemSignals: readonly CatalogueEntry[] = [
  ...versionSignals,
  ...lifetimeSignals,
  ...patchSignals,
  hotfixSignal,
];
