/** Decides whether data at rest is encrypted, from the physical leaves beneath what holds it. */
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import { known, noData, unknown } from "#shared/posture/reading.ts";

/** What lies at the bottom of a stack of block devices. */
export type Leaf =
  | { readonly kind: "encrypted"; readonly device: string; readonly how: string }
  | { readonly kind: "plain"; readonly device: string }
  /** Encrypted file by file; what lies beneath is another target. */
  | { readonly kind: "files"; readonly how: string }
  /** Gone without power: tmpfs, zram. */
  | { readonly kind: "memory" }
  | { readonly kind: "unknown"; readonly reason: UnknownReason; readonly what: string };

/** A place that must be encrypted, with all leaves beneath it. */
export interface Target {
  readonly name: string;
  readonly leaves: readonly Leaf[];
}

/** One plain leaf decides; what cannot be told makes it unknown; memory needs no encryption. */
export function judgeDisk(targets: readonly Target[]): Reading {
  const leaves = targets.flatMap((target) => target.leaves);
  if (leaves.some((leaf) => leaf.kind === "plain")) return known(false);
  const doubt = leaves.find((leaf) => leaf.kind === "unknown");
  if (doubt !== undefined) return unknown(doubt.reason);
  if (!leaves.some((leaf) => leaf.kind === "encrypted")) return noData;
  return known(true);
}

/** A person's home: what lies beneath, and whether its files are encrypted one by one (fscrypt). */
export interface Home {
  readonly path: string;
  readonly leaves: readonly Leaf[];
  /** Null where nobody could tell. */
  readonly byFile: boolean | null;
}

/** Judges `disk.homes_encrypted`: each home by its disks or file by file. */
export function judgeHomes(homes: readonly Home[]): Reading {
  if (homes.length === 0) return { kind: "notApplicable", proof: "nobody has a home here" };
  const states = homes.map(({ leaves, byFile }): Reading => {
    const files = leaves.length > 0 && leaves.every(({ kind }) => kind === "files");
    if (byFile === true || files) return known(true);
    const disk = judgeDisk([{ name: "", leaves }]);
    // A plain disk beneath tells nothing while nobody knows about the files.
    return disk.kind === "known" && disk.value === false && byFile === null ? noData : disk;
  });
  const open = states.find((state) => state.kind === "known" && state.value === false);
  return open ?? states.find(({ kind }) => kind === "unknown") ?? known(true);
}

/** Reads `lsattr -d`: flags and a path each line; `E` marks a folder whose files are encrypted. */
export function encryptedFolders(text: string): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  for (const line of text.split("\n")) {
    const match = /^([A-Za-z-]{10,40}) (\/.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) {
      found.set(match[2], match[1].includes("E"));
    }
  }
  return found;
}

/** Kinds of CRYPT devices that hide data; verity and integrity only authenticate them. */
const hidingKinds: readonly string[] = [
  "LUKS1",
  "LUKS2",
  "PLAIN",
  "TCRYPT",
  "VERACRYPT",
  "BITLK",
  "FVAULT2",
  "LOOPAES",
];

/** Returns the encryption of a device-mapper UUID, or null where its data are readable beneath. */
export function encryptionOf(deviceMapperUuid: string): string | null {
  const kind = /^CRYPT-([A-Z0-9]+)/.exec(deviceMapperUuid)?.[1];
  return kind !== undefined && hidingKinds.includes(kind) ? kind : null;
}

/** How a file system without a block device of its own is judged. */
export function leafOfFileSystem(fsType: string): Leaf | null {
  if (["tmpfs", "ramfs", "devtmpfs", "hugetlbfs"].includes(fsType)) return { kind: "memory" };
  if (/^(ecryptfs|fuse\.(gocryptfs|cryfs|encfs|securefs))$/.test(fsType)) {
    return { kind: "files", how: fsType };
  }
  if (/^(nfs4?|cifs|smb3|9p|afs|ceph|glusterfs|lustre|virtiofs|fuse\.sshfs)$/.test(fsType)) {
    return { kind: "unknown", reason: "network_fs", what: fsType };
  }
  return fsType === "btrfs" || fsType === "zfs"
    ? null
    : { kind: "unknown", reason: "no_data", what: fsType };
}

/** Judges `zfs get -Hpo value encryption DATASET`; a mounted dataset's key is there, `-` has no encryption. */
export function judgeZfs(text: string, dataset: string): Leaf {
  const value = text.trim();
  if (value === "off" || value === "-") return { kind: "plain", device: dataset };
  return /^(on|aes-(128|192|256)-(ccm|gcm))$/.test(value)
    ? { kind: "encrypted", device: dataset, how: `zfs ${value}` }
    : { kind: "unknown", reason: "parse", what: "zfs" };
}

/** Returns the areas of `/proc/swaps`: block devices and files; null where the text is no such list. */
export function parseSwaps(text: string): readonly { path: string; file: boolean }[] | null {
  if (!/^Filename\s/.test(text)) return null;
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [path, type] = line.split(/\s+/);
      if (path === undefined || path === "" || type === undefined) return [];
      return [{ path: path.replaceAll("\\040", " "), file: type === "file" }];
    });
}

/** Returns the homes of people in `/etc/passwd`: uid >= 1000 with a login shell; null without any account. */
export function homesOf(passwd: string): readonly string[] | null {
  if (!/^[^:\n]+:[^:\n]*:\d+:\d+:/m.test(passwd)) return null;
  return passwd.split("\n").flatMap((line) => {
    const [, , uid, , , home, shell] = line.split(":");
    const number = Number(uid);
    const person = number >= 1000 && number < 65_000 && home !== undefined && home.startsWith("/");
    return person && !/(nologin|false|sync)$/.test(shell ?? "") ? [home] : [];
  });
}
