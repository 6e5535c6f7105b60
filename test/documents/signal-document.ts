/** Renders the catalogue as the Markdown page `docs/signals.md`. */
import { catalogue } from "#shared/posture/catalogue.ts";
import type {
  CatalogueEntry,
  FixByMachine,
  FixText,
  FixWay,
  OperatingSystem,
} from "#shared/posture/catalogue-entry.ts";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { EdrProduct } from "#shared/posture/edr-product.ts";

const osNames: Readonly<Record<OperatingSystem, string>> = {
  linux: "Linux",
  darwin: "macOS",
  windows: "Windows",
};

const head = `# Signals

<!-- Generated from shared/posture/catalogue.ts and test/documents/signal-document.ts by \`npm run docs\`. -->

What Sallyport can know about a device. Policies, the command line and the controller's API use these very names.
The agent reports facts and \`unknown\` with a reason when it does not know; the controller decides. A fact counts
until its freshness ends; afterwards it is unknown. \`unknown: pending\` stands in \`sallyport posture\` while the first
look after a start is under way. "Evented" means that a change is noticed by itself; every signal is
looked at again at its floor poll in any case.

## What was run, and what was not

**Linux** readers run on a real Debian 12 in our tests, and each evented signal opens and closes a resource there by
itself ([evented-signals](../test/e2e/evented-signals.test.ts)). \`npm run test:firewalls\` reads Debian's own firewalld,
ufw, nft and iptables, \`npm run test:kernel -- disks\` LUKS on real disks of a virtual machine. Against recorded outputs alone were tested: dnf, zypper,
pacman and rpm-ostree, fscrypt, GNOME and KDE screen locks, Intune, Landscape, Workspace ONE and JumpCloud, and every EDR product but
ClamAV. Arch names no security updates, and its \`arch-audit\` needs the internet, which our reader does not have; NixOS, SteamOS and
ChromeOS are not read (\`unsupported_os\`).

**macOS** and **Windows** readers and event sources are written after vendors' documents and recorded outputs and are
tested against those. **None has run on a real Mac or PC yet**; each signal below says so. A vendor's program on a Mac is run as root only
when its signature names the vendor's team; on Windows as
SYSTEM only when it lies beside its running service where only administrators may write and Authenticode names the vendor
(SentinelOne, Carbon Black, Cortex, Elastic, ESET); of other products there the Security Center and services tell. On macOS changes are heard by
FSEvents and by \`log stream\`, on Windows by a second PowerShell that waits for the registry, the event log and
services. Signals that are not evented on a system are polled there, and so are evented ones while their source is away;
the agent logs "event source lost, polling instead" then.

## Checks of your own

Root (or device management) may put checks into \`/etc/sallyport/checks.json\` of a Linux device; policies name them:
\`checks.passed: {contains: cleaner}\`. Paths are exact, there are no patterns and no commands, and the controller never
sends any: it learns names and nothing else. A file that others than root may write is not believed.

\`\`\`json
{
  "checks": [
    { "id": "cleaner", "kind": "process", "path": "/opt/cleaner/bin/cleanerd" },
    { "id": "banner", "kind": "file", "path": "/etc/issue.net", "sha256": "<64 hexadecimal digits>" }
  ]
}
\`\`\`

Ends of support and latest builds come from a bundle that administrators import:
[operations](operations.md#what-vendors-published).

`;

/** Returns the page `docs/signals.md`, ending with a newline. */
export function signalDocument(): string {
  return [head, overview(catalogue), products(edrCatalogue), ...catalogue.map(section)].join("\n");
}

/** Returns the table of endpoint protection; what a product's health is read from stands in the data. */
function products(known: readonly EdrProduct[]): string {
  const ids = [...new Set(known.map(({ id }) => id))].sort();
  const rows = ids.map((id) => {
    const ones = known.filter((product) => product.id === id);
    const on = Object.keys(osNames).map((os) => {
      const found = ones.find((product) => product.os === os);
      return found === undefined ? "" : readOf(found);
    });
    return `| \`${id}\` | ${ones[0]?.name} | ${ones[0]?.class} | ${on.join(" | ")} |`;
  });
  return [
    "## Endpoint protection that we know",
    "",
    "The names that `edr.products` has, and whether a product tells of its health itself; where it does not, the operating system",
    "may. `visibility` tools watch and protect nothing: no signal counts them. A product is added as data, in",
    "shared/posture/edr-catalogue.ts, and needs code only where it tells of its health in a new form.",
    "",
    `| Id | Product | Class | ${Object.values(osNames).join(" | ")} |`,
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** What the operating system knows of its own product counts as health, too. */
const toldByWindows: readonly string[] = ["defender", "defender-endpoint", "sophos"];

function readOf({ id, os, health }: EdrProduct): string {
  return health !== null || (os === "windows" && toldByWindows.includes(id)) ? "health" : "runs";
}

function overview(entries: readonly CatalogueEntry[]): string {
  const rows = entries.map(
    (entry) =>
      `| [\`${entry.signal}\`](#${anchor(entry.signal)}) | ${typeText(entry)} | ${entry.tier} | ` +
      `${systems(entry.os)} | ${entry.title} |`,
  );
  return [
    "| Signal | Type | Tier | Where | Meaning |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function section(entry: CatalogueEntry): string {
  const clocks =
    `Looked at every ${duration(entry.floorPollMs)}, counts for ${duration(entry.freshForMs)}. ` +
    `Evented: ${systems(entry.evented)}. Privacy: ${entry.privacy}. ` +
    `Fixed by: ${entry.who === "it" ? "IT" : "the user"}.${unproven(entry)}`;
  const fixes = entry.os.map((os) => `- **${osNames[os]}**: ${fixLine(entry.fix[os])}`);
  return [
    `## ${entry.signal}`,
    "",
    `**${entry.title}.** ${entry.why}`,
    "",
    clocks,
    "",
    ...fixes,
    "",
  ].join("\n");
}

/** No reader of these systems has met a real host. */
function unproven({ os }: CatalogueEntry): string {
  const names = os.filter((name) => name !== "linux");
  return names.length === 0 ? "" : ` Not run on a real host: ${systems(names)}.`;
}

function fixLine({ ways = [], ...general }: FixByMachine): string {
  const byMachine = ways.map(({ when, ...own }) => `\n  - ${conditionText(when)}: ${said(own)}`);
  return `${said(general)}${byMachine.join("")}`;
}

function said({ text, command }: FixText): string {
  return command === undefined ? text : `${text} Command: \`${command}\``;
}

function conditionText(when: FixWay["when"]): string {
  return Object.entries(when)
    .map(([signal, values]) => `${signal} is ${values.join(" or ")}`)
    .join(", ");
}

function typeText(entry: CatalogueEntry): string {
  const domain = entry.domain;
  if (domain !== undefined && !("min" in domain))
    return domain.map((word) => `\`${word}\``).join(", ");
  return entry.unit === undefined ? entry.type : `${entry.type} (${entry.unit})`;
}

function systems(names: readonly OperatingSystem[]): string {
  return names.length === 0 ? "no" : names.map((os) => osNames[os]).join(", ");
}

function anchor(signal: string): string {
  return signal.replaceAll(".", "");
}

function duration(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 1) return `${milliseconds / 1000} s`;
  return minutes < 120 ? `${minutes} min` : `${minutes / 60} h`;
}
