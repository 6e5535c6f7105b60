/** Counts pending security updates in what dnf, dnf5 and zypper print. Null means: not readable. */

/** Counts packages of `dnf -q -C updateinfo list --updates --security`: `ADVISORY Severity/Sec. NEVRA`. */
export function countDnf4(text: string): number | null {
  const packages = new Set<string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("Last metadata expiration check:")) continue;
    const match = /^(\S+)\s+(\S+)\s+(\S+)$/.exec(line.trim());
    if (match?.[2] === undefined || match[3] === undefined) return null;
    if (match[2].endsWith("/Sec.")) packages.add(match[3]);
    else if (!/^(bugfix|enhancement|newpackage|unknown)$/.test(match[2])) return null;
  }
  return packages.size;
}

/** How RHEL, Oracle, Alma, Rocky, Fedora and Amazon number theirs. */
const systemAdvisory = /\b(?:(?:RH|EL|AL|RL|RX)[SBE]A|FEDORA|ALAS\d*)-\d{4}\b/;

/**
 * Tells whether a list of dnf holds advisories of the system itself. EPEL and others have their own,
 * beside a CentOS Stream that has none.
 */
export function hasSystemAdvisories(text: string): boolean {
  return systemAdvisory.test(text);
}

/** Counts packages of `dnf5 -C advisory list --updates --security --json`. */
export function countDnf5(text: string): number | null {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(rows)) return null;
  const packages = new Set<string>();
  for (const row of rows as readonly unknown[]) {
    if (typeof row !== "object" || row === null) return null;
    const { type, nevra } = row as { type?: unknown; nevra?: unknown };
    if (typeof type !== "string" || typeof nevra !== "string") return null;
    if (type === "security") packages.add(nevra);
  }
  return packages.size;
}

/** Counts packages of the table that older dnf5 prints: `Name Type Severity Package Issued`. */
export function countDnf5Table(text: string): number | null {
  const [head, ...rows] = text.split("\n").filter((line) => line.trim() !== "");
  if (head === undefined) return 0;
  if (!/^Name\s+Type\s+Severity\s+Package\s+Issued\s*$/.test(head)) return null;
  const packages = new Set<string>();
  for (const row of rows) {
    const [, type, name] = /^\S+\s+(\S+)\s+\S+\s+(\S+)\s+\S+/.exec(row) ?? [];
    if (type === undefined || name === undefined) return null;
    if (type === "security") packages.add(name);
  }
  return packages.size;
}

/** Counts patches of `zypper -n --no-refresh --xmlout list-patches --category security`. */
export function countZypper(text: string): number | null {
  if (!/<stream>[^]*<\/stream>\s*$/.test(text) || !text.includes("<update-status")) return null;
  const patches = text.match(/<update\s[^>]*>/g) ?? [];
  return patches.filter(
    (patch) => /\bkind="patch"/.test(patch) && /\bcategory="security"/.test(patch),
  ).length;
}

/**
 * Counts lines of `pacman -Qu` (`name old -> new`); ignored packages are pending all the same. Nothing to
 * upgrade ends like an error: one that complains has not counted.
 */
export function countPacman(text: string, complaints = ""): number | null {
  if (complaints.trim() !== "") return null;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.every((line) => /^\S+ \S+ -> \S+( \[ignored\])?$/.test(line)) ? lines.length : null;
}

/** Judges `apt-config dump`: lists are fetched and upgrades run without anybody asking. */
export function aptRunsByItself(dump: string): boolean {
  const on = (name: string) => {
    const value = new RegExp(`^APT::Periodic::${name} "([^"]*)";$`, "m").exec(dump)?.[1];
    return value !== undefined && value !== "0" && value !== "";
  };
  return on("Update-Package-Lists") && on("Unattended-Upgrade");
}

/** Judges `/etc/dnf/automatic.conf`. */
export function dnfAppliesByItself(configuration: string): boolean {
  return /^[ \t]*apply_updates[ \t]*=[ \t]*(yes|true|1|on)[ \t]*$/im.test(configuration);
}
