import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { PackageContent, PackagedFile } from "./package-content.ts";
import { run } from "./process.ts";
import { stageFile } from "./staged-file.ts";

/** How an rpm is made; `architecture` is rpm's own name, `level` of zstd. */
export interface RpmOptions {
  readonly version: string;
  readonly architecture: string;
  readonly level: number;
  readonly epochSeconds: number;
  readonly work: string;
  readonly output: string;
}

const scriptlets = ["post", "preun", "postun"];
const release = 1;

/** Builds an rpm and returns its path; the same input gives the same bytes. */
export async function buildRpm(content: PackageContent, options: RpmOptions): Promise<string> {
  const top = resolve(options.work, `${content.name}-rpm`);
  const stage = join(top, "stage");
  rmSync(top, { recursive: true, force: true });
  const files = content.files.filter(({ to }) => !to.startsWith("/usr/share/lintian/"));
  mkdirSync(stage, { recursive: true });
  for (const file of files) stageFile(stage, file);
  const spec = join(top, `${content.name}.spec`);
  writeFileSync(spec, specText(content, files, { ...options, stage }));
  await run("rpmbuild", ["-bb", "--target", `${options.architecture}-linux`, spec], {
    env: { SOURCE_DATE_EPOCH: String(options.epochSeconds), HOME: top },
  });
  const folder = join(top, "RPMS", options.architecture);
  const [built = ""] = readdirSync(folder);
  const output = join(options.output, basename(built));
  copyFileSync(join(folder, built), output);
  rmSync(top, { recursive: true });
  return output;
}

function specText(
  content: PackageContent,
  files: readonly PackagedFile[],
  options: RpmOptions & { readonly stage: string },
): string {
  const top = dirname(options.stage);
  return [
    `%global _topdir ${top}`,
    // Stripping would cut the program off that stands behind the executable.
    "%global __os_install_post %{nil}",
    "%global debug_package %{nil}",
    "%global _build_id_links none",
    `%global _binary_payload w${options.level}.zstdio`,
    "%global _buildhost sallyport.dev",
    "%global use_source_date_epoch_as_buildtime 1",
    "%global clamp_mtime_to_source_date_epoch 1",
    `Name: ${content.name}`,
    `Version: ${options.version}`,
    `Release: ${release}`,
    `Summary: ${content.summary}`,
    "License: Apache-2.0",
    "URL: https://sallyport.dev",
    "AutoReqProv: no",
    ...content.requires.map((name) => `Requires: ${name}`),
    "",
    "%description",
    ...content.description,
    "",
    "%install",
    `cp -a "${options.stage}/." "%{buildroot}/"`,
    "",
    ...scriptlets.flatMap((name) => [
      `%${name}`,
      readFileSync(join(content.scripts.rpm, name), "utf8"),
    ]),
    "%files",
    ...ownFolders(content.name, files).map((folder) => `%dir %attr(0755,root,root) ${folder}`),
    ...files.map(fileLine),
    "",
  ].join("\n");
}

/** Folders that would stay when the package goes: those that are named after us. */
function ownFolders(name: string, files: readonly PackagedFile[]): readonly string[] {
  const folders = files.map(({ to }) => dirname(to)).filter((folder) => basename(folder) === name);
  return [...new Set(folders)].sort();
}

function fileLine({ to, mode }: PackagedFile): string {
  const kept = to.startsWith("/etc/") ? "%config(noreplace) " : "";
  return `${kept}%attr(0${mode.toString(8)},root,root) ${to}`;
}
