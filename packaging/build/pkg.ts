/** The installer of macOS, built without one: a product archive with one package in it. */
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import mkbom from "mkbom";
import { type ArchiveEntry, cpioArchive } from "./cpio.ts";
import type { PackagedFile } from "./package-content.ts";
import { stageFile } from "./staged-file.ts";
import { xarArchive } from "./xar.ts";

/** What a macOS package holds; `scripts` is a folder. */
export interface PkgContent {
  readonly identifier: string;
  readonly title: string;
  readonly files: readonly PackagedFile[];
  readonly scripts: readonly PackagedFile[];
}

/** How a pkg is made; `architecture` is macOS' own name. */
export interface PkgOptions {
  readonly version: string;
  readonly architecture: "arm64" | "x86_64";
  readonly epochSeconds: number;
  readonly level: number;
  readonly work: string;
  readonly output: string;
}

const oldestSystem = "13.5";

/** Builds a pkg and returns its path; the same input gives the same bytes. It is not signed. */
export async function buildPkg(content: PkgContent, options: PkgOptions): Promise<string> {
  const stage = join(options.work, "pkg");
  rmSync(stage, { recursive: true, force: true });
  for (const [folder, files] of [
    ["payload", content.files],
    ["scripts", content.scripts],
  ] as const) {
    for (const file of files) utimesSync(stageFile(join(stage, folder), file), 0, 0);
  }
  const payload = join(stage, "payload");
  const entries = entriesOf(payload);
  const archive = (parts: readonly ArchiveEntry[]): Buffer =>
    gzipSync(cpioArchive(parts, options.epochSeconds), { level: options.level });
  const parts: Buffer[] = [];
  // Its stream is of the old kind.
  for await (const part of new Readable().wrap(mkbom(payload, { uid: 0, gid: 0 }))) {
    parts.push(part as Buffer);
  }
  const name = "sallyport.pkg";
  const installKilobytes = Math.ceil(
    entries.reduce((sum, entry) => sum + entry.content.length, 0) / 1024,
  );
  const facts = { ...options, ...content, installKilobytes, files: entries.length };
  const text = (path: string, value: string) => ({ path, content: Buffer.from(value) });
  const file = `${content.title.toLowerCase()}-${options.version}-${options.architecture}.pkg`;
  const output = join(options.output, file);
  writeFileSync(
    output,
    xarArchive(
      [
        text("Distribution", distribution(facts, name)),
        { path: `${name}/Bom`, content: Buffer.concat(parts) },
        { path: `${name}/Payload`, content: archive(entries) },
        { path: `${name}/Scripts`, content: archive(entriesOf(join(stage, "scripts"))) },
        text(`${name}/PackageInfo`, packageInfo(facts)),
      ],
      options.epochSeconds,
    ),
  );
  return output;
}

/** Everything below a folder, parents first, in the order of names. */
function entriesOf(folder: string, path = "."): readonly ArchiveEntry[] {
  const at = join(folder, path);
  const stat = statSync(at);
  if (stat.isFile()) {
    return [{ path, kind: "file", mode: stat.mode & 0o777, content: readFileSync(at) }];
  }
  const below = readdirSync(at)
    .sort()
    .flatMap((name) => entriesOf(folder, `${path}/${name}`));
  return [{ path, kind: "folder", mode: 0o755, content: Buffer.alloc(0) }, ...below];
}

interface Facts {
  readonly identifier: string;
  readonly title: string;
  readonly version: string;
  readonly architecture: string;
  readonly installKilobytes: number;
  readonly files: number;
}

function packageInfo({ identifier, version, installKilobytes, files }: Facts): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<pkg-info format-version="2" identifier="${identifier}" version="${version}" install-location="/" auth="root" overwrite-permissions="true" relocatable="false" postinstall-action="none">
  <payload numberOfFiles="${files}" installKBytes="${installKilobytes}"/>
  <scripts>
    <preinstall file="./preinstall"/>
    <postinstall file="./postinstall"/>
  </scripts>
</pkg-info>
`;
}

/** Without it a package has no title, no lowest system, and no place in device management. */
function distribution(facts: Facts, name: string): string {
  const { identifier, title, version, architecture, installKilobytes } = facts;
  return `<?xml version="1.0" encoding="utf-8"?>
<installer-gui-script minSpecVersion="2">
  <title>${title}</title>
  <options customize="never" require-scripts="false" hostArchitectures="${architecture}" rootVolumeOnly="true"/>
  <volume-check>
    <allowed-os-versions>
      <os-version min="${oldestSystem}"/>
    </allowed-os-versions>
  </volume-check>
  <choices-outline>
    <line choice="all"/>
  </choices-outline>
  <choice id="all" title="${title}">
    <pkg-ref id="${identifier}"/>
  </choice>
  <pkg-ref id="${identifier}" version="${version}" installKBytes="${installKilobytes}" auth="root">#${name}</pkg-ref>
</installer-gui-script>
`;
}
