/** What Windows shows of a program: its name, its version and its icon. */
import { Data, NtExecutable, NtExecutableResource, Resource } from "resedit";
import { iconOf } from "../../agent/surface/icon.ts";

/** What a program of ours is called; `version` has three parts. */
export interface ProgramNames {
  readonly version: string;
  readonly fileName: string;
  readonly description: string;
}

const english = { lang: 1033, codepage: 1200 } as const;
/** The number of our group, and where Windows looks for a program's own icon: the lowest. */
const iconGroup = 1;
const iconSizes = [16, 32, 48, 256] as const;
/** Types of resources: pictures, groups of pictures, version. */
const replaced: readonly unknown[] = [3, 14, 16];

/** Returns an unsigned program with our name, version and icon in place of whatever it had. */
export function withNames(program: Buffer, names: ProgramNames): Buffer {
  const executable = NtExecutable.from(program);
  const resources = NtExecutableResource.from(executable);
  resources.entries = resources.entries.filter(({ type }) => !replaced.includes(type));
  versionOf(names).outputToResourceEntries(resources.entries);
  Resource.IconGroupEntry.replaceIconsForResource(
    resources.entries,
    iconGroup,
    english.lang,
    iconSizes.map(picture),
  );
  resources.outputResource(executable);
  return Buffer.from(executable.generate());
}

/** A program of Windows with windows or without; flags that say whether it is a preview: none. */
const kind = { fileOS: 0x4_0004, fileType: 1, fileFlagsMask: 0x3f };

function versionOf({ version, fileName, description }: ProgramNames): Resource.VersionInfo {
  const info = Resource.VersionInfo.create(english.lang, kind, []);
  // Their numbers have four parts.
  info.setFileVersion(`${version}.0`, english.lang);
  info.setProductVersion(`${version}.0`, english.lang);
  info.setStringValues(english, {
    CompanyName: "Sallyport",
    FileDescription: description,
    FileVersion: version,
    InternalName: fileName,
    LegalCopyright: "Copyright (C) 2026 the Sallyport authors. Apache License 2.0.",
    OriginalFilename: fileName,
    ProductName: "Sallyport",
    ProductVersion: version,
  });
  return info;
}

const headerBytes = 40;

/** One picture as icons hold it: a bitmap of blue, green, red and alpha, its lowest row first. */
function picture(
  size: number,
): Parameters<typeof Resource.IconGroupEntry.replaceIconsForResource>[3][number] {
  const pixels = iconOf("protected", size);
  // The mask of systems without alpha: one bit for each pixel, rows of whole four bytes.
  const maskBytes = Math.ceil(size / 32) * 4 * size;
  const bitmap = Buffer.alloc(headerBytes + pixels.length + maskBytes);
  bitmap.writeUInt32LE(headerBytes, 0);
  bitmap.writeInt32LE(size, 4);
  bitmap.writeInt32LE(size * 2, 8); // the mask counts
  bitmap.writeUInt16LE(1, 12);
  bitmap.writeUInt16LE(32, 14);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const [alpha = 0, red = 0, green = 0, blue = 0] = pixels.subarray((y * size + x) * 4);
      bitmap.set([blue, green, red, alpha], headerBytes + ((size - 1 - y) * size + x) * 4);
    }
  }
  return Data.RawIconItem.from(bitmap, size, size, 32);
}
