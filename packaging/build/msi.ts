/** The installer of Windows, made on Linux by msitools. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { licenceNotices, type Runtimes } from "./papers.ts";
import type { BuiltPrograms } from "./package-content.ts";
import { run } from "./process.ts";
import type { Wintun } from "./wintun.ts";

/** How an msi is made; `epochSeconds` dates every file. */
export interface MsiOptions extends Runtimes {
  readonly version: string;
  readonly epochSeconds: number;
  readonly work: string;
  readonly output: string;
  /** Goes in beside netd, which then has a tunnel. */
  readonly wintun?: Wintun | undefined;
}

const source = "packaging/windows/sallyport.wxs";

/** Its tools write local times. */
const env = { TZ: "UTC" };

/** Types of actions that run an installed program as the system, in their place in the transaction. */
const asSystem = 18 + 0x400 + 0x800;
/** Its command line is kept out of the log. */
const keepSettingsType = asSystem + 0x2000;
/** It runs where the installation fails afterwards, and whether it succeeds does not matter. */
const undoSettingsType = asSystem + 0x100 + 0x40;

// What wixl drops with a warning or has no word for. The former version goes before the new one comes,
// inside the transaction: a failed upgrade brings the former back.
const amendments = [
  "UPDATE Property SET Value='WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;CONTROLLER_URL;ENROLL_KEY' WHERE Property='SecureCustomProperties'",
  "INSERT INTO Property (Property, Value) VALUES ('MsiHiddenProperties', 'ENROLL_KEY')",
  // The table of files names no versions, and a program bears one: by the
  // usual mode the former one counts as newer, stays, and then goes with the version that it came with.
  "INSERT INTO Property (Property, Value) VALUES ('REINSTALLMODE', 'amus')",
  `UPDATE CustomAction SET Type=${keepSettingsType} WHERE Action='KeepSettings'`,
  `UPDATE CustomAction SET Type=${undoSettingsType} WHERE Action='UndoSettings'`,
  "UPDATE InstallExecuteSequence SET Sequence=1550 WHERE Action='RemoveExistingProducts'",
  "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('RemoveEnvironmentStrings', 3300)",
  "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('WriteEnvironmentStrings', 5200)",
];

/** Adds the folder of the programs to the machine's PATH, and takes it out at removal. */
const environmentTable = [
  "Environment\tName\tValue\tComponent_",
  "s72\tl255\tL255\ts72",
  "Environment\tEnvironment",
  "SallyportPath\t=-*PATH\t[~];[INSTALLDIR]\tAgent",
  "",
].join("\r\n");

/** Builds the agent's msi and returns its path. */
export async function buildMsi(
  built: Pick<BuiltPrograms, "agent" | "netd" | "tray" | "materials">,
  options: MsiOptions,
): Promise<string> {
  const stage = join(options.work, "msi");
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  copyFileSync(built.agent, join(stage, "sallyport.exe"));
  copyFileSync(built.netd, join(stage, "sallyport-netd.exe"));
  copyFileSync(built.tray, join(stage, "sallyport-tray.exe"));
  copyFileSync(built.materials, join(stage, "sbom.cdx.json"));
  writeFileSync(join(stage, "notices.txt"), windowsLines(licenceNotices(options)));
  if (options.wintun !== undefined) {
    copyFileSync(options.wintun.file, join(stage, "wintun.dll"));
    copyFileSync(options.wintun.licence, join(stage, "wintun-licence.txt"));
  }
  for (const name of readdirSync(stage)) {
    utimesSync(join(stage, name), options.epochSeconds, options.epochSeconds);
  }
  const tables = {
    Environment: environmentTable,
    _SummaryInformation: summaryOf(stage, options),
  };
  const output = join(options.output, `sallyport-${options.version}-x64.msi`);
  const names = {
    ProductCode: nameBased(`product ${options.version}`),
    Version: options.version,
    // wixl finds no file by an absolute path.
    Stage: relative(".", stage),
    ...(options.wintun === undefined ? {} : { Wintun: options.wintun.version }),
  };
  const defined = Object.entries(names).flatMap(([name, value]) => ["-D", `${name}=${value}`]);
  await run("wixl", ["-a", "x64", ...defined, "-o", output, source], { env });
  for (const statement of amendments) {
    await run("msibuild", [output, "-q", statement], { env });
  }
  for (const [name, text] of Object.entries(tables)) {
    const file = join(options.work, `${name}.idt`);
    writeFileSync(file, text);
    await run("msibuild", [output, "-i", file], { env });
  }
  return output;
}

/** In place of what wixl writes, the time of the build among it: the same content has the same code. */
function summaryOf(stage: string, { version, epochSeconds }: MsiOptions): string {
  const content = readdirSync(stage)
    .sort()
    .map((name) => digestOf(readFileSync(join(stage, name))));
  const date = new Date(epochSeconds * 1000).toISOString();
  const builtAt = `${date.slice(0, 10).replaceAll("-", "/")} ${date.slice(11, 19)}`;
  const code = nameBased(
    ["package", version, digestOf(readFileSync(source)), ...content].join(" "),
  );
  const rows = [
    [9, `{${code}}`],
    [12, builtAt],
    [13, builtAt],
  ] as const;
  const head = ["PropertyId\tValue", "i2\tl255", "_SummaryInformation\tPropertyId"];
  return [...head, ...rows.map((row) => row.join("\t")), ""].join("\r\n");
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Each version is a product of its own to the installer, the same one in each build. */
function nameBased(name: string): string {
  const digest = createHash("sha256").update(`sallyport ${name}`).digest("hex");
  const variant = ((Number.parseInt(digest[16] ?? "0", 16) & 3) | 8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ]
    .join("-")
    .toUpperCase();
}

function windowsLines(text: string): string {
  return text.replaceAll(/\r?\n/g, "\r\n");
}
