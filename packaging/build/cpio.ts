/** The old portable cpio format (`odc`), which macOS' installer unpacks. */

/** One entry; a folder has no content. */
export interface ArchiveEntry {
  /** From the top, as in `./usr/local/bin`. */
  readonly path: string;
  readonly kind: "file" | "folder";
  readonly mode: number;
  readonly content: Buffer;
}

const kindBits = { file: 0o100000, folder: 0o040000 } as const;

/** Returns an archive of entries that all belong to root; `epochSeconds` dates them. */
export function cpioArchive(entries: readonly ArchiveEntry[], epochSeconds: number): Buffer {
  const parts = entries.flatMap((entry, index) => [
    header(entry, index + 1, epochSeconds),
    entry.content,
  ]);
  const last = { path: "TRAILER!!!", kind: "file", mode: 0, content: Buffer.alloc(0) } as const;
  return Buffer.concat([...parts, header({ ...last, mode: -kindBits.file }, 0, 0)]);
}

function header(entry: ArchiveEntry, inode: number, epochSeconds: number): Buffer {
  const { path, kind, mode, content } = entry;
  const fields: readonly (readonly [value: number, digits: number])[] = [
    [0, 6], // device
    [inode, 6],
    [kindBits[kind] + mode, 6],
    [0, 6], // owner
    [0, 6], // group
    [kind === "folder" ? 2 : 1, 6],
    [0, 6], // device number
    [epochSeconds, 11],
    [Buffer.byteLength(path) + 1, 6],
    [content.length, 11],
  ];
  const numbers = fields.map(([value, digits]) => value.toString(8).padStart(digits, "0"));
  return Buffer.from(`070707${numbers.join("")}${path}\0`);
}
