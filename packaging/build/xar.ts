/** The archive around a macOS package: a table in XML, then the files as they are. */
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { markup } from "./markup.ts";

/** A file by its path in the archive; folders follow from the paths. */
export interface XarFile {
  readonly path: string;
  readonly content: Buffer;
}

const headerBytes = 28;
const digestBytes = 20;

/** Returns an archive; `epochSeconds` dates it, and the same input gives the same bytes. */
export function xarArchive(files: readonly XarFile[], epochSeconds: number): Buffer {
  let offset = digestBytes;
  let lastId = 0;
  const element = ({ path, content }: XarFile): string => {
    lastId += 1;
    const opening = `<file id="${lastId}"><name>${markup(path)}</name>`;
    const at = offset;
    offset += content.length;
    const digest = createHash("sha1").update(content).digest("hex");
    return `${opening}<type>file</type><mode>0644</mode><data><length>${content.length}</length><offset>${at}</offset><size>${content.length}</size><encoding style="application/octet-stream"/><extracted-checksum style="sha1">${digest}</extracted-checksum><archived-checksum style="sha1">${digest}</archived-checksum></data></file>`;
  };
  const elements = groupsOf(files).map(({ folder, members }) => {
    if (folder === "") return members.map(element).join("");
    lastId += 1;
    const opening = `<file id="${lastId}"><name>${markup(folder)}</name><type>directory</type><mode>0755</mode>`;
    return `${opening}${members.map(element).join("")}</file>`;
  });
  const made = new Date(epochSeconds * 1000).toISOString().slice(0, 19);
  const table = `<?xml version="1.0" encoding="UTF-8"?>\n<xar><toc><creation-time>${made}</creation-time><checksum style="sha1"><offset>0</offset><size>${digestBytes}</size></checksum>${elements.join("")}</toc></xar>\n`;
  const packed = deflateSync(table, { level: 9 });
  const head = Buffer.alloc(headerBytes);
  head.write("xar!", 0, "latin1");
  head.writeUInt16BE(headerBytes, 4);
  head.writeUInt16BE(1, 6);
  head.writeBigUInt64BE(BigInt(packed.length), 8);
  head.writeBigUInt64BE(BigInt(Buffer.byteLength(table)), 16);
  head.writeUInt32BE(1, 24); // SHA-1, which is what the installer reads
  const digest = createHash("sha1").update(packed).digest();
  return Buffer.concat([head, packed, digest, ...files.map(({ content }) => content)]);
}

interface Group {
  readonly folder: string;
  readonly members: readonly XarFile[];
}

/** One level of folders is all that a package has; the order of the files stays. */
function groupsOf(files: readonly XarFile[]): readonly Group[] {
  const groups = new Map<string, XarFile[]>();
  for (const { path, content } of files) {
    const cut = path.lastIndexOf("/");
    const folder = cut < 0 ? "" : path.slice(0, cut);
    const members = groups.get(folder) ?? [];
    groups.set(folder, [...members, { path: path.slice(cut + 1), content }]);
  }
  return [...groups].map(([folder, members]) => ({ folder, members }));
}
