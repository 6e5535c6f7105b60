/** Decides whether data at rest is encrypted, from the physical leaves beneath what holds it. */
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import { known, noData, unknown } from "#shared/posture/reading.ts";

/** What lies at the bottom of a stack of block devices. */
export type Leaf =
  | { readonly kind: "encrypted"; readonly device: string; readonly how: string }
  | { readonly kind: "plain"; readonly device: string }
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

/** Returns the encryption of a device-mapper UUID, or null where its data are readable beneath. */
export function encryptionOf(deviceMapperUuid: string): string | null {
  const match = /^CRYPT-([A-Z0-9]+)/.exec(deviceMapperUuid);
  const kind = match?.[1];
  // Verity and integrity authenticate; they hide nothing.
  if (kind === undefined || kind === "VERITY" || kind === "INTEGRITY") return null;
  return ["LUKS1", "LUKS2", "PLAIN", "TCRYPT", "VERACRYPT", "BITLK", "FVAULT2", "LOOPAES"].includes(
    kind,
  )
    ? kind
    : null;
}

/** How a file system without a block device of its own is judged. */
export function leafOfFileSystem(fsType: string): Leaf | null {
  if (["tmpfs", "ramfs", "devtmpfs", "hugetlbfs"].includes(fsType)) return { kind: "memory" };
  if (/^(nfs4?|cifs|smb3|9p|afs|ceph|glusterfs|lustre|virtiofs|fuse\.sshfs)$/.test(fsType)) {
    return { kind: "unknown", reason: "network_fs", what: fsType };
  }
  return fsType === "btrfs" || fsType === "zfs"
    ? null
    : { kind: "unknown", reason: "no_data", what: fsType };
}

/** Returns the areas of `/proc/swaps`: block devices and files. */
export function parseSwaps(text: string): readonly { path: string; file: boolean }[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [path, type] = line.split(/\s+/);
      if (path === undefined || path === "" || type === undefined) return [];
      return [{ path: path.replaceAll("\\040", " "), file: type === "file" }];
    });
}

/** Returns the homes of people in `/etc/passwd`: uid >= 1000 with a login shell. */
export function homesOf(passwd: string): readonly string[] {
  return passwd.split("\n").flatMap((line) => {
    const [, , uid, , , home, shell] = line.split(":");
    const number = Number(uid);
    const person = number >= 1000 && number < 65_000 && home !== undefined && home.startsWith("/");
    return person && !/(nologin|false|sync)$/.test(shell ?? "") ? [home] : [];
  });
}
