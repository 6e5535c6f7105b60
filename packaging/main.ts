/** `npm run package`: builds the executables and installers of the named targets into `dist/`. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, parse } from "node:path";
import { gzipSync } from "node:zlib";
import { signAdHoc } from "./build/ad-hoc-signature.ts";
import { commandOptions } from "./build/command-options.ts";
import { buildDeb } from "./build/deb.ts";
import { agentPkg } from "./build/mac-content.ts";
import { buildMsi } from "./build/msi.ts";
import { buildNetworkDaemon, buildWindowsTray, goVersion } from "./build/network-daemon.ts";
import { nodeBinary } from "./build/node-binary.ts";
import { agentPackage, type BuiltPrograms, controllerPackage } from "./build/package-content.ts";
import { billOfMaterials, copyrightFile, debianChangelog, licenceNotices } from "./build/papers.ts";
import { buildPkg } from "./build/pkg.ts";
import { buildAgent, buildController } from "./build/programs.ts";
import { buildRpm } from "./build/rpm.ts";
import { signFiles, writeDigests } from "./build/signing.ts";
import { type Target, targets } from "./build/target.ts";
import { readWintun, type Wintun } from "./build/wintun.ts";

const usage =
  "npm run package -- [--target NAME,...] [--output FOLDER] [--fast] [--wintun wintun.dll]";
const values = commandOptions(usage, {
  target: { type: "string", default: `${process.platform}-${process.arch}` },
  output: { type: "string", default: "dist" },
  fast: { type: "boolean", default: false },
  // The wintun.dll that goes into the msi; without one Windows has no tunnel.
  wintun: { type: "string" },
});

// Modes of folders are part of what is packed.
process.umask(0o022);

const version = (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version;
const signer = process.env["SALLYPORT_SIGN"];
const epochSeconds = Number(process.env["SOURCE_DATE_EPOCH"] ?? lastCommitSeconds());

const wintun = values.wintun === undefined ? undefined : lookedAt(values.wintun);

function lookedAt(file: string): Wintun {
  try {
    return readWintun(file);
  } catch (error) {
    process.stderr.write(`package: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

/** The date of the last commit, so that the same commit gives the same bytes. */
function lastCommitSeconds(): string {
  return execFileSync("git", ["log", "-1", "--format=%ct"], { encoding: "utf8" }).trim();
}

async function build(target: Target): Promise<readonly string[]> {
  const work = join(".cache", "package", target.name);
  mkdirSync(work, { recursive: true });
  mkdirSync(values.output, { recursive: true });
  const node = await nodeBinary(target, join(".cache", "node"));
  const suffix = target.goos === "windows" ? ".exe" : "";
  const built: BuiltPrograms = {
    agent: join(work, `sallyport${suffix}`),
    controller: join(work, `sallyport-controller${suffix}`),
    netd: join(work, `sallyport-netd${suffix}`),
    tray: join(work, `sallyport-tray${suffix}`),
    materials: join(work, "sbom.cdx.json"),
    controllerMaterials: join(work, "controller-sbom.cdx.json"),
    papers: {
      copyright: join(work, "copyright"),
      notices: join(work, "notices.txt.gz"),
      changelog: join(work, "changelog.gz"),
    },
  };
  const runtimes = { nodePackage: target.nodePackage, goVersion: goVersion() };
  const materials = { version, epochSeconds, ...runtimes };
  const brought = target.goos === "windows" ? wintun : undefined;
  writeFileSync(
    built.materials,
    billOfMaterials({ ...materials, program: "agent", wintun: brought }),
  );
  writeFileSync(
    built.controllerMaterials,
    billOfMaterials({ ...materials, program: "controller" }),
  );
  writeFileSync(built.papers.copyright, copyrightFile());
  writeFileSync(built.papers.notices, gzipSync(licenceNotices(runtimes), { level: 9 }));
  const changelog = debianChangelog("sallyport", version, epochSeconds);
  writeFileSync(built.papers.changelog, gzipSync(changelog, { level: 9 }));
  await buildNetworkDaemon(target, { version, output: built.netd });
  await buildAgent({ target, node, work, version, output: built.agent });
  if (target.goos === "darwin") return [await macPackage(target, built, work)];
  await buildController({ target, node, work, version, output: built.controller });
  if (target.linux !== undefined) return linuxPackages(built, work, target.linux);
  return windowsPackages(target, built, work);
}

/** A Mac has no controller: nobody asked for one. */
async function macPackage(target: Target, built: BuiltPrograms, work: string): Promise<string> {
  process.stderr.write(
    `package: ${target.name}: posture only, never run on a Mac, and signed by nobody\n`,
  );
  for (const file of [built.agent, built.netd]) {
    const name = `dev.sallyport.${file === built.agent ? "agent" : "netd"}`;
    writeFileSync(file, signAdHoc(readFileSync(file), name));
  }
  await signFiles([built.agent, built.netd], signer);
  return buildPkg(agentPkg(built), {
    version,
    architecture: target.goarch === "arm64" ? "arm64" : "x86_64",
    epochSeconds,
    level: values.fast ? 1 : 9,
    work,
    output: values.output,
  });
}

/** The controller has no installer there: it is a program to try, not one that is supported. */
async function windowsPackages(
  target: Target,
  built: BuiltPrograms,
  work: string,
): Promise<readonly string[]> {
  if (!existsSync("/usr/bin/wixl")) {
    process.stderr.write(
      "package: no msi: `apt-get install --no-install-recommends wixl msitools`\n",
    );
    return copied(target, [built.agent, built.controller]);
  }
  await buildWindowsTray(target, { version, output: built.tray });
  await signFiles([built.agent, built.netd, built.tray], signer);
  const runtimes = { nodePackage: target.nodePackage, goVersion: goVersion() };
  const options = { version, epochSeconds, ...runtimes, work, output: values.output, wintun };
  return [await buildMsi(built, options), ...copied(target, [built.controller])];
}

function copied(target: Target, files: readonly string[]): readonly string[] {
  return files.map((file) => {
    const { name, ext } = parse(file);
    const output = join(values.output, `${name}-${version}-${target.name}${ext}`);
    copyFileSync(file, output);
    return output;
  });
}

async function linuxPackages(
  built: BuiltPrograms,
  work: string,
  architecture: { readonly deb: string; readonly rpm: string },
): Promise<readonly string[]> {
  const common = { version, epochSeconds, work, output: values.output };
  const files: string[] = [];
  for (const content of [agentPackage(built), controllerPackage(built)]) {
    const deb = {
      architecture: architecture.deb,
      compression: values.fast ? "gzip" : "xz",
      level: values.fast ? 1 : 6,
    } as const;
    files.push(await buildDeb(content, { ...common, ...deb }));
    const rpm = { architecture: architecture.rpm, level: values.fast ? 1 : 19 };
    if (hasRpmTools) files.push(await buildRpm(content, { ...common, ...rpm }));
  }
  return files;
}

/** Debian has them in a package of their own; without it there are debs all the same, and a word. */
const hasRpmTools = existsSync("/usr/bin/rpmbuild");

if (!hasRpmTools) {
  process.stderr.write("package: no rpms: `apt-get install --no-install-recommends rpm`\n");
}
const finished: string[] = [];
for (const name of values.target.split(",")) {
  const target = targets.find((candidate) => candidate.name === name);
  if (target === undefined) {
    process.stderr.write(
      `package: no target \`${name}\`; there are ${targets.map((t) => t.name).join(", ")}\n`,
    );
    process.exit(2);
  }
  finished.push(...(await build(target)));
}
await signFiles(finished, signer);
for (const file of [...finished, writeDigests(finished, values.output)]) {
  process.stdout.write(`${file} ${(statSync(file).size / 1e6).toFixed(1)} MB\n`);
}
