/** `sallyport update`: takes the package that the owner of the machine lets it take; root's business. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Host } from "../core/identity.ts";
import { agentVersion, osName } from "../io/host.ts";
import { placesOf } from "../io/places.ts";
import { runTool } from "../io/posture/command.ts";
import { openConfiguration } from "../io/settings/configuration.ts";
import { findUpdate, type FoundUpdate } from "../io/update/update-source.ts";
import { print, printJson } from "./output.ts";

interface UpdateCommandOptions {
  /** Only looks. */
  readonly check?: boolean;
  readonly json?: boolean;
}

/** Where an installer replaces what is here, and nothing of ours calls it. */
const installers: Readonly<Partial<Record<Host["os"], string>>> = { darwin: "pkg", windows: "msi" };
const directory = "/var/lib/sallyport/update";
/** Root's own comes first: an organisation may sign for itself. */
const rootFiles = ["/etc/sallyport/update-root.json", "/usr/lib/sallyport/update-root.json"];
const installMs = 10 * 60_000;
const queryMs = 10_000;
/** dpkg's words for a package that is unpacked and not set up, and for one that only a new one mends. */
const unfinished = ["unpacked", "half-configured", "triggers-pending"];
const inPieces = ["half-installed", "reinstreq"];
/** Files that an administrator changed stay; without these dpkg asks, and nobody is there to answer. */
const keepChanged = ["--force-confdef", "--force-confold"];

const words: Readonly<Record<FoundUpdate["verdict"], string>> = {
  take: "is ready",
  current: "is what is here",
  older: "is older than what is here",
  later: "is for other machines first",
};

/** Looks for a newer package and installs it; exit 0 also where there is nothing to do. */
export async function update(options: UpdateCommandOptions, os = osName()): Promise<number> {
  const installer = installers[os];
  if (installer !== undefined) throw new CodedError("SP-428", { os, installer });
  const { updates } = await openConfiguration(placesOf(process.env), process.env)();
  if (updates.url === null || (!updates.install && options.check !== true)) {
    return tell("off", "Updates are off: see `InstallUpdates` and `UpdateURL`.", options);
  }
  if (process.geteuid?.() !== 0) {
    const command = "`sudo sallyport update`";
    throw new CodedError("SP-704", { verb: "update", who: "root", command });
  }
  const kind = packageKind();
  const damaged = await finishLast(kind);
  const found = await findUpdate({
    url: updates.url,
    target: `${updates.channel}/${process.platform}-${process.arch}.${kind.suffix}`,
    rootFile: rootFiles.find((file) => existsSync(file)) ?? rootFiles[0] ?? "",
    directory,
    installed: agentVersion,
    damaged,
    machineId: readFileSync("/etc/machine-id", "utf8").trim(),
  });
  const { version, verdict, file } = found;
  if (file === null || options.check === true) {
    return tell(verdict, `${version} ${words[verdict]}.`, options);
  }
  await install(kind, file);
  return tell("installed", `${version} is installed.`, options);
}

interface PackageKind {
  readonly suffix: "deb" | "rpm";
  readonly program: string;
  readonly args: readonly string[];
}

/** Whoever installed this agent keeps its files in order from then on. */
function packageKind(): PackageKind {
  if (existsSync("/var/lib/dpkg/info/sallyport.list")) {
    return { suffix: "deb", program: "/usr/bin/dpkg", args: [...keepChanged, "--install"] };
  }
  return { suffix: "rpm", program: "/usr/bin/rpm", args: ["--upgrade"] };
}

/**
 * A machine that went out in the middle of an update has the new files and the old processes, or some
 * of the files: then true, since only another installation mends it. Only dpkg leaves a package so.
 */
async function finishLast({ suffix, program }: PackageKind): Promise<boolean> {
  if (suffix !== "deb") return false;
  const argv = ["--show", "--showformat=${db:Status-Eflag} ${db:Status-Status}", "sallyport"];
  const query = { candidates: ["/usr/bin/dpkg-query"], args: argv, deadlineMs: queryMs };
  const state = await runTool(query);
  const found = state.kind === "ended" ? state.stdout.trim().split(" ") : [];
  if (found.some((word) => inPieces.includes(word))) return true;
  if (found.some((word) => unfinished.includes(word))) {
    await mustRun(program, [...keepChanged, "--configure", "sallyport"]);
  }
  return false;
}

async function install({ program, args }: PackageKind, file: string): Promise<void> {
  try {
    await mustRun(program, [...args, file]);
  } finally {
    rmSync(file, { force: true });
  }
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const run = await runTool({ candidates: [program], args, deadlineMs: installMs });
  if (run.kind === "ended" && run.exitCode === 0) return;
  const why = run.kind === "ended" ? run.stderr.trim().slice(-200) : run.reason;
  throw new CodedError("SP-426", { program, why });
}

function tell(state: string, text: string, options: UpdateCommandOptions): number {
  if (options.json === true) printJson({ schema: "sallyport.update/1", state });
  else print(text);
  return 0;
}
