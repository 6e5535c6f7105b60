/**
 * The library for tunnels of Windows, wintun.dll. Whoever builds the installer brings it from wintun.net: its
 * licence lets us pass it on as it is, so it is looked at and never changed.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Format, NtExecutable, NtExecutableResource, Resource } from "resedit";

/** A library that was looked at, and the text of its licence. */
export interface Wintun {
  readonly file: string;
  readonly licence: string;
  readonly version: string;
}

/** What netd calls. */
const functions = [
  "WintunAllocateSendPacket",
  "WintunCloseAdapter",
  "WintunCreateAdapter",
  "WintunEndSession",
  "WintunGetAdapterLUID",
  "WintunGetReadWaitEvent",
  "WintunGetRunningDriverVersion",
  "WintunOpenAdapter",
  "WintunReceivePacket",
  "WintunReleaseReceivePacket",
  "WintunSendPacket",
  "WintunStartSession",
];

const amd64 = 0x8664;
const libraryBytesMax = 16 << 20;

/** Returns the library in a file; throws with the reason where it is another one, or its licence is missing. */
export function readWintun(file: string): Wintun {
  const bytes = readFileSync(file);
  if (bytes.length > libraryBytesMax) throw new Error(`${file} is too large for wintun.dll`);
  const library = parsed(bytes);
  if (library?.newHeader.fileHeader.machine !== amd64) {
    throw new Error(`${file} is no library of Windows for amd64: take bin/amd64/wintun.dll`);
  }
  const exported = new Set(exportsOf(library));
  const missing = functions.filter((name) => !exported.has(name));
  if (missing.length > 0) throw new Error(`${file} is not wintun.dll: no ${missing.join(", ")}`);
  const signature = library.newHeader.optionalHeaderDataDirectory.get(
    Format.ImageDirectoryEntry.Certificate,
  );
  if (signature.size === 0)
    throw new Error(`${file} lost its signature: take it as it was published`);
  return { file, licence: licenceBeside(file), version: versionOf(library) };
}

function parsed(bytes: Buffer): NtExecutable | null {
  try {
    return NtExecutable.from(bytes, { ignoreCert: true });
  } catch {
    return null; // whatever it is
  }
}

/** In the published archive the text lies two folders above each library. */
function licenceBeside(file: string): string {
  const folder = dirname(file);
  const places = [folder, dirname(folder), dirname(dirname(folder))];
  const found = places.map((place) => join(place, "LICENSE.txt")).find((text) => existsSync(text));
  if (found === undefined) {
    throw new Error(`${file} needs its LICENSE.txt beside it, as in the archive of wintun.net`);
  }
  return found;
}

function versionOf(library: NtExecutable): string {
  const { entries } = NtExecutableResource.from(library, true);
  const [info] = Resource.VersionInfo.fromEntries(entries);
  const { fileVersionMS = 0, fileVersionLS = 0 } = info?.fixedInfo ?? {};
  return [fileVersionMS >>> 16, fileVersionMS & 0xff_ff, fileVersionLS >>> 16].join(".");
}

const namesCountOffset = 24;
const namesOffset = 32;
const namesMax = 4096;

/** Names in the table of exports, as far as they lie in its section. */
function exportsOf(library: NtExecutable): readonly string[] {
  const entry = Format.ImageDirectoryEntry.Export;
  const section = library.getSectionByEntry(entry);
  const table = library.newHeader.optionalHeaderDataDirectory.get(entry);
  const raw = section?.data ?? null;
  if (section === null || raw === null || table.size === 0) return [];
  const data = Buffer.from(raw);
  const placeOf = (address: number) => address - section.info.virtualAddress;
  const numberAt = (place: number) =>
    place >= 0 && place + 4 <= data.length ? data.readUInt32LE(place) : 0;
  const directory = placeOf(table.virtualAddress);
  const count = Math.min(numberAt(directory + namesCountOffset), namesMax);
  const names = placeOf(numberAt(directory + namesOffset));
  return Array.from({ length: count }, (_, at) => {
    const begin = placeOf(numberAt(names + at * 4));
    const end = data.indexOf(0, Math.max(begin, 0));
    return begin < 0 || end < begin ? "" : data.toString("latin1", begin, end);
  });
}
