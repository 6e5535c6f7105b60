/** Reads package databases for packages on hold and for browsers; runs a tool only where rpm keeps the list. */
import { readdir } from "node:fs/promises";
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed, unknown } from "#shared/posture/reading.ts";
import {
  browserLine,
  browserPackages,
  flatpakVersion,
  pacmanBrowsers,
  parseDnf5Locks,
  parseDpkgStatus,
  parseLockList,
  parsePacmanIgnores,
  parseRpmBrowsers,
  parseZypperLocks,
  snapVersion,
} from "../../../core/posture/linux/packages.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfAllowed, readIfThere } from "../read-file.ts";

const rpmDeadlineMs = 20_000;

interface SoftwareLook {
  readonly held: Reading;
  readonly browsers: readonly string[] | null;
}

/** Returns the facts about packages on hold and browsers. */
export async function collectSoftware(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const { held, browsers } = await look();
  const others = [...(await snapBrowsers()), ...(await flatpakBrowsers())];
  const all = browsers === null ? null : [...browsers, ...others].sort();
  return observe(
    [
      ["os.held_packages", held],
      [
        "browsers.installed",
        all === null ? notParsed : { kind: "known", value: [...new Set(all)] },
      ],
    ],
    {
      collector: "software",
      collectorVersion: 1,
      by: "os",
      text: `held: ${JSON.stringify(held)}\nbrowsers: ${(all ?? []).join(", ")}`,
      tookMs: performance.now() - startedAt,
    },
  );
}

async function look(): Promise<SoftwareLook> {
  const dpkg = await readIfThere("/var/lib/dpkg/status");
  if (dpkg !== null && dpkg !== "") return lookAtDpkg(dpkg);
  if ((await namesIn("/var/lib/pacman/local")) !== null) return lookAtPacman();
  if ((await namesIn("/usr/lib/sysimage/rpm")) ?? (await namesIn("/var/lib/rpm"))) {
    return lookAtRpm();
  }
  return { held: unknown("unsupported_os"), browsers: null };
}

function lookAtDpkg(text: string): SoftwareLook {
  const packages = parseDpkgStatus(text);
  if (packages === null) return { held: notParsed, browsers: null };
  const held = packages.filter((each) => each.held).map((each) => each.name);
  return {
    held: known(held.sort()),
    browsers: packages.flatMap(({ name, version }) => browserLine(name, version) ?? []),
  };
}

async function lookAtPacman(): Promise<SoftwareLook> {
  const configuration = (await readIfAllowed("/etc/pacman.conf")) ?? "";
  return {
    held: known(parsePacmanIgnores(configuration)),
    browsers: pacmanBrowsers((await namesIn("/var/lib/pacman/local")) ?? []),
  };
}

async function lookAtRpm(): Promise<SoftwareLook> {
  const textOf = async (path: string) => (await readIfAllowed(path)) ?? "";
  const held = [
    ...parseLockList(await textOf("/etc/dnf/plugins/versionlock.list")),
    ...parseDnf5Locks(await textOf("/etc/dnf/versionlock.toml")),
    ...parseZypperLocks(await textOf("/etc/zypp/locks")),
  ];
  const run = await runTool({
    candidates: ["/usr/bin/rpm"],
    args: ["-q", "--qf", "%{NAME} %{VERSION}\\n", ...Object.keys(browserPackages)],
    deadlineMs: rpmDeadlineMs,
  });
  // A database that cannot be read answers "not installed", too, and complains.
  const read = run.kind === "ended" && run.stderr.trim() === "";
  return { held: known(held), browsers: read ? parseRpmBrowsers(run.stdout) : null };
}

/** Browsers from Flathub, and what we call them. */
const flatpaks: Readonly<Record<string, string>> = {
  "org.mozilla.firefox": "firefox",
  "org.chromium.Chromium": "chromium",
  "com.google.Chrome": "chrome",
  "com.microsoft.Edge": "edge",
  "com.brave.Browser": "brave",
  "com.opera.Opera": "opera",
  "com.vivaldi.Vivaldi": "vivaldi",
};
const papers = ["metainfo.xml", "appdata.xml"].map((kind) => [kind, kind.split(".")[0]] as const);

async function flatpakBrowsers(): Promise<readonly string[]> {
  const found = await Promise.all(
    Object.entries(flatpaks).map(async ([id, name]) => {
      const share = `/var/lib/flatpak/app/${id}/current/active/files/share`;
      for (const [kind, folder] of papers) {
        const text = await readIfAllowed(`${share}/${folder}/${id}.${kind}`);
        const version = text === null ? null : flatpakVersion(text);
        if (version !== null) return [`${name} ${version}`];
      }
      return [];
    }),
  );
  return found.flat();
}

const snaps = ["firefox", "chromium", "brave", "opera", "vivaldi"];

async function snapBrowsers(): Promise<readonly string[]> {
  const found = await Promise.all(
    snaps.map(async (name) => {
      const text = await readIfAllowed(`/snap/${name}/current/meta/snap.yaml`);
      const version = text === null ? null : snapVersion(text);
      return version === null ? [] : [`${name} ${version}`];
    }),
  );
  return found.flat();
}

async function namesIn(folder: string): Promise<readonly string[] | null> {
  return readdir(folder).catch(() => null);
}
