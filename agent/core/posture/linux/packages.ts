/** Reads package databases: which packages are held back and which browsers are installed. */

/** An installed package of dpkg's database. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly held: boolean;
}

/** Reads `/var/lib/dpkg/status`; null when the text is none, so that a cut file is not "nothing held". */
export function parseDpkgStatus(text: string): readonly InstalledPackage[] | null {
  if (!text.endsWith("\n")) return null;
  const found: InstalledPackage[] = [];
  for (const paragraph of text.split("\n\n")) {
    if (paragraph.trim() === "") continue;
    const name = /^Package: ([a-z0-9][a-z0-9+.-]*)$/m.exec(paragraph)?.[1];
    const status = /^Status: (\w+) \w+ ([\w-]+)$/m.exec(paragraph);
    if (name === undefined || status === null) return null;
    if (status[2] !== "installed") continue;
    const version = /^Version: (\S+)$/m.exec(paragraph)?.[1];
    if (version === undefined) return null;
    found.push({ name, version, held: status[1] === "hold" });
  }
  return found.length === 0 ? null : found;
}

/** Reads the lists of held packages that other package managers keep: one name or pattern a line. */
export function parseLockList(text: string): readonly string[] {
  return names(text.split("\n").filter((line) => !line.trimStart().startsWith("#")));
}

/** Reads `/etc/dnf/versionlock.toml` of dnf5. */
export function parseDnf5Locks(text: string): readonly string[] {
  return names(
    [...text.matchAll(/^[ \t]*name[ \t]*=[ \t]*"([^"]{1,200})"/gm)].map((match) => match[1] ?? ""),
  );
}

/** Reads `/etc/zypp/locks`: stanzas with `solvable_name: NAME`. */
export function parseZypperLocks(text: string): readonly string[] {
  return names([...text.matchAll(/^solvable_name:\s*(\S+)/gm)].map((match) => match[1] ?? ""));
}

/** Reads IgnorePkg and IgnoreGroup of `/etc/pacman.conf`. */
export function parsePacmanIgnores(text: string): readonly string[] {
  const lines = [...text.matchAll(/^[ \t]*Ignore(?:Pkg|Group)[ \t]*=[ \t]*(.*)$/gm)];
  return names(lines.flatMap((match) => (match[1] ?? "").split(/\s+/)));
}

function names(texts: readonly string[]): readonly string[] {
  const kept = texts.map((text) => text.trim()).filter((text) => text !== "" && text.length <= 200);
  return [...new Set(kept)].sort();
}

/** Package names of browsers and what we call them. */
export const browserPackages: Readonly<Record<string, string>> = {
  "google-chrome-stable": "chrome",
  "google-chrome-beta": "chrome-beta",
  chromium: "chromium",
  "chromium-browser": "chromium",
  firefox: "firefox",
  "firefox-esr": "firefox-esr",
  MozillaFirefox: "firefox",
  "microsoft-edge-stable": "edge",
  "brave-browser": "brave",
  "vivaldi-stable": "vivaldi",
  "opera-stable": "opera",
};

/** Returns `firefox 140.3.0` without the distribution's epoch and revision. */
export function browserLine(packageName: string, version: string): string | null {
  const name = Object.hasOwn(browserPackages, packageName)
    ? browserPackages[packageName]
    : undefined;
  const upstream = version.replace(/^\d+:/, "").replace(/(esr)?([-+~].*)?$/, "");
  return name === undefined || !/^\d[\d.]*$/.test(upstream) ? null : `${name} ${upstream}`;
}

/** Reads `rpm -q --qf '%{NAME} %{VERSION}\n' …`; packages that are not installed are told in words. */
export function parseRpmBrowsers(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const [name, version, ...rest] = line.trim().split(" ");
    if (name === undefined || version === undefined || rest.length > 0) return [];
    const found = browserLine(name, version);
    return found === null ? [] : [found];
  });
}

/** Reads names of folders in `/var/lib/pacman/local`: `firefox-140.3.0-1`. */
export function pacmanBrowsers(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => {
    const match = /^(.+)-([^-]+)-[^-]+$/.exec(folder);
    const found = match === null ? null : browserLine(match[1] ?? "", match[2] ?? "");
    return found === null ? [] : [found];
  });
}

/** Reads the version of a snap's `meta/snap.yaml`. */
export function snapVersion(text: string): string | null {
  return /^version:\s*['"]?(\d[\d.]*)/m.exec(text)?.[1] ?? null;
}

/** Reads the version of a Flatpak's metainfo: its releases stand there, newest first. */
export function flatpakVersion(text: string): string | null {
  const newest = /<release\b[^>]*>/.exec(text)?.[0] ?? "";
  return /\bversion="v?(\d[\d.]*)/.exec(newest)?.[1] ?? null;
}
