import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { PackageContent } from "./package-content.ts";
import { run } from "./process.ts";
import { stageFile } from "./staged-file.ts";

/** How a deb is made; `compression` is dpkg-deb's own name, `epochSeconds` dates every file. */
export interface DebOptions {
  readonly version: string;
  readonly architecture: string;
  readonly compression: "xz" | "gzip" | "zstd";
  readonly level: number;
  readonly epochSeconds: number;
  readonly work: string;
  readonly output: string;
}

const scripts = ["postinst", "prerm", "postrm"];

/** Builds a deb and returns its path; the same input gives the same bytes. */
export async function buildDeb(content: PackageContent, options: DebOptions): Promise<string> {
  const stage = join(options.work, `${content.name}-deb`);
  rmSync(stage, { recursive: true, force: true });
  const sums: string[] = [];
  let bytes = 0;
  for (const file of content.files) {
    const target = stageFile(stage, file);
    bytes += statSync(target).size;
    const digest = createHash("md5").update(readFileSync(target)).digest("hex");
    sums.push(`${digest}  ${file.to.slice(1)}`);
  }
  const control = join(stage, "DEBIAN");
  mkdirSync(control, { mode: 0o755 });
  writeFileSync(join(control, "control"), controlText(content, options, bytes));
  writeFileSync(join(control, "md5sums"), `${sums.join("\n")}\n`);
  const kept = content.files.filter(({ to }) => to.startsWith("/etc/")).map(({ to }) => `${to}\n`);
  if (kept.length > 0) writeFileSync(join(control, "conffiles"), kept.join(""));
  for (const script of scripts) {
    copyFileSync(join(content.scripts.deb, script), join(control, script));
    chmodSync(join(control, script), 0o755);
  }
  dateTree(stage, options.epochSeconds);
  const name = `${content.name}_${options.version}_${options.architecture}.deb`;
  const output = join(options.output, name);
  await run(
    "dpkg-deb",
    [
      "--root-owner-group",
      `-Z${options.compression}`,
      `-z${options.level}`,
      "--build",
      stage,
      output,
    ],
    { env: { SOURCE_DATE_EPOCH: String(options.epochSeconds) } },
  );
  return output;
}

function controlText(content: PackageContent, options: DebOptions, bytes: number): string {
  return [
    `Package: ${content.name}`,
    `Version: ${options.version}`,
    `Architecture: ${options.architecture}`,
    "Maintainer: Sallyport <packages@sallyport.dev>",
    "Section: net",
    "Priority: optional",
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    `Depends: ${content.depends.join(", ")}`,
    `Description: ${content.summary}`,
    ...content.description.map((line) => ` ${line}`),
    "",
  ].join("\n");
}

function dateTree(path: string, epochSeconds: number): void {
  if (statSync(path).isDirectory()) {
    chmodSync(path, 0o755);
    for (const entry of readdirSync(path)) dateTree(join(path, entry), epochSeconds);
  }
  utimesSync(path, epochSeconds, epochSeconds);
}
