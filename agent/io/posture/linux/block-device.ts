/** Walks sysfs from a block device down to the physical disks beneath it. */
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { encryptionOf } from "../../../core/posture/linux/disk.ts";
import type { Leaf } from "../../../core/posture/linux/disk.ts";
import { readIfThere } from "../read-file.ts";

/** A stack deeper than this is a loop in what we were told, not a machine. */
export const deepestStack = 16;

/** Where sysfs is and how a path finds its own leaves (for loop devices over files). */
export interface SysfsWalk {
  readonly sysfs: string;
  readonly leavesOfPath: (path: string, depth: number) => Promise<readonly Leaf[]>;
}

/** Returns the leaves beneath `major:minor`. */
export async function leavesOfDevice(
  walk: SysfsWalk,
  device: string,
  depth = 0,
): Promise<readonly Leaf[]> {
  const link = join(walk.sysfs, "dev/block", device);
  return leavesBeneath(walk, await realpath(link), depth);
}

/** Returns the leaves beneath a block directory such as `/sys/block/dm-0`. */
export async function leavesBeneath(
  walk: SysfsWalk,
  directory: string,
  depth = 0,
): Promise<readonly Leaf[]> {
  const device = basename(directory);
  if (depth > deepestStack) return [{ kind: "unknown", reason: "conflict", what: device }];
  const uuid = (await readIfThere(join(directory, "dm/uuid")))?.trim() ?? "";
  const how = encryptionOf(uuid);
  if (how !== null) return [{ kind: "encrypted", device, how }];
  if (await isThere(join(directory, "partition"))) {
    return leavesBeneath(walk, dirname(directory), depth + 1);
  }
  const slaves = await list(join(directory, "slaves"));
  if (slaves.length > 0) {
    const leaves = await Promise.all(
      slaves.map(async (slave) =>
        leavesBeneath(walk, await realpath(join(directory, "slaves", slave)), depth + 1),
      ),
    );
    return leaves.flat();
  }
  return leafItself(walk, directory, depth);
}

async function leafItself(
  walk: SysfsWalk,
  directory: string,
  depth: number,
): Promise<readonly Leaf[]> {
  const device = basename(directory);
  if (device.startsWith("zram")) {
    const backing = (await readIfThere(join(directory, "backing_dev")))?.trim() ?? "none";
    return backing === "none" ? [{ kind: "memory" }] : walk.leavesOfPath(backing, depth + 1);
  }
  if (device.startsWith("ram")) return [{ kind: "memory" }];
  const file = (await readIfThere(join(directory, "loop/backing_file")))?.trim();
  if (file !== undefined && file !== "") return walk.leavesOfPath(file, depth + 1);
  return [{ kind: "plain", device }];
}

async function list(directory: string): Promise<readonly string[]> {
  return (await isThere(directory)) ? readdir(directory) : [];
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );
}

/** Returns the block directories of the btrfs that a device belongs to, or null when there is none. */
export async function btrfsMembers(
  sysfs: string,
  deviceName: string,
): Promise<readonly string[] | null> {
  const root = join(sysfs, "fs/btrfs");
  for (const uuid of await list(root)) {
    const devices = await list(join(root, uuid, "devices"));
    if (!devices.includes(deviceName)) continue;
    return Promise.all(devices.map((name) => realpath(join(root, uuid, "devices", name))));
  }
  return null;
}

/** Returns `major:minor` of a device file (the kernel's encoding, makedev(3)). */
export async function numberOf(path: string): Promise<string> {
  const { rdev } = await stat(path, { bigint: true });
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}
