/** Finds what holds people's data and walks each down to its disks. */
import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import type { UnknownReason } from "#shared/posture/fact.ts";
import {
  encryptedFolders,
  homesOf,
  judgeDisk,
  judgeHomes,
  judgeZfs,
  leafOfFileSystem,
  parseSwaps,
} from "../../../core/posture/linux/disk.ts";
import type { Home, Leaf, Target } from "../../../core/posture/linux/disk.ts";
import { mountOf, parseMountinfo } from "../../../core/posture/linux/mountinfo.ts";
import type { Mount } from "../../../core/posture/linux/mountinfo.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfThere, readText } from "../read-file.ts";
import {
  btrfsMembers,
  deepestStack,
  leavesBeneath,
  leavesOfDevice,
  numberOf,
} from "./block-device.ts";
import type { SysfsWalk } from "./block-device.ts";

/** Where the kernel and the system keep what is read; tests give other roots. */
export interface DiskRoots {
  readonly proc: string;
  readonly sysfs: string;
  readonly etc: string;
  /** Follows the links of a path; fails where it leads nowhere. */
  readonly follow: (path: string) => Promise<string>;
}

const system: DiskRoots = { proc: "/proc", sysfs: "/sys", etc: "/etc", follow: realpath };

/** A machine with more people is a server; the rest stays untold. */
const homesMax = 200;

const systemPlaces = ["/", "/home", "/var", "/root"];

/** What was found of places that hold data. */
interface Places {
  readonly targets: readonly Target[];
  readonly homes: readonly Home[];
}

/** Returns the facts about data at rest; never rejects. */
export async function collectDisk(roots: DiskRoots = system): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const { targets, homes } = await findPlaces(roots).catch((error: unknown): Places => {
    const leaves = [failed(error, "targets")];
    return { targets: [{ name: "/", leaves }], homes: [{ path: "/home", leaves, byFile: null }] };
  });
  const text = [
    ...targets.map(describe),
    ...homes.map(({ path, byFile }) => `${path}: files encrypted: ${byFile}`),
  ].join("\n");
  return observe(
    [
      ["disk.encrypted", judgeDisk(targets)],
      ["disk.homes_encrypted", judgeHomes(homes)],
    ],
    {
      collector: "disk",
      collectorVersion: 1,
      by: "os",
      text,
      tookMs: performance.now() - startedAt,
    },
  );
}

async function findPlaces(roots: DiskRoots): Promise<Places> {
  const mounts = parseMountinfo(await readText(`${roots.proc}/self/mountinfo`));
  if (mounts === null) {
    const leaves = [unknown("parse", "mountinfo")];
    return { targets: [{ name: "/", leaves }], homes: [{ path: "/home", leaves, byFile: null }] };
  }
  const leavesOfPath = (path: string, depth: number): Promise<readonly Leaf[]> =>
    path.startsWith("/dev/")
      ? numberOf(path).then((device) => leavesOfDevice(walk, device, depth))
      : leavesOfMount(walk, mountOf(mounts, path), depth);
  const walk: SysfsWalk = { sysfs: roots.sysfs, leavesOfPath };
  const people = homesOf((await readIfThere(`${roots.etc}/passwd`)) ?? "");
  const homes = await placesOf(mounts, people ?? [], roots.follow);
  const swapping = await readIfThere(`${roots.proc}/swaps`);
  // A kernel without the file has no swap; anything but the list there proves nothing.
  const swaps = swapping === null ? [] : parseSwaps(swapping);
  const places = new Map<Mount | null, string>();
  for (const path of [...(await placesOf(mounts, systemPlaces, roots.follow)), ...homes]) {
    const mount = mountOf(mounts, path);
    if (!places.has(mount)) places.set(mount, path);
  }
  const leavesByMount = new Map<Mount | null, readonly Leaf[]>();
  const read = await Promise.all([
    ...[...places].map(async ([mount, name]) => ({
      name,
      leaves: await safely(name, () => leavesOfMount(walk, mount, 0)).then((leaves) => {
        leavesByMount.set(mount, leaves);
        return leaves;
      }),
    })),
    ...(swaps ?? []).map(async ({ path }) => ({
      name: `swap ${path}`,
      leaves: await safely(path, () => leavesOfPath(path, 0)),
    })),
  ]);
  const targets = [
    ...read,
    ...(people === null ? [unreadable("homes")] : []),
    ...(swaps === null ? [unreadable("swap")] : []),
  ];
  const beneath = homes.map((path) => ({
    path,
    leaves: leavesByMount.get(mountOf(mounts, path)) ?? [],
  }));
  if (people === null)
    return { targets, homes: [{ path: "/home", byFile: null, ...unreadable("homes") }] };
  return { targets, homes: await withFileEncryption(beneath) };
}

/** A home, or /home itself, may be a link to another disk; what lies on a network is not asked. */
async function placesOf(
  mounts: readonly Mount[],
  paths: readonly string[],
  follow: DiskRoots["follow"],
): Promise<readonly string[]> {
  return Promise.all(
    paths.map((path) => {
      const mount = mountOf(mounts, path);
      const local =
        mount?.device.startsWith("0:") !== true || leafOfFileSystem(mount.fsType) === null;
      return local ? follow(path).catch(() => path) : Promise.resolve(path);
    }),
  );
}

/** Only file systems below a plain disk are asked about their files; a link or an odd home says nothing. */
async function withFileEncryption(
  homes: readonly { readonly path: string; readonly leaves: readonly Leaf[] }[],
): Promise<readonly Home[]> {
  const open = homes.filter(({ leaves }) => leaves.some(({ kind }) => kind === "plain"));
  if (open.length === 0) return homes.map((home) => ({ ...home, byFile: false }));
  const run = await runTool({
    candidates: ["/usr/bin/lsattr", "/bin/lsattr"],
    args: ["-d", "--", ...open.slice(0, homesMax).map(({ path }) => path)],
    deadlineMs: 5_000,
  });
  const told = encryptedFolders(run.kind === "ended" ? run.stdout : "");
  return homes.map((home) => ({
    ...home,
    byFile: open.includes(home) ? (told.get(home.path) ?? null) : false,
  }));
}

async function leavesOfMount(
  walk: SysfsWalk,
  mount: Mount | null,
  depth: number,
): Promise<readonly Leaf[]> {
  if (mount === null) return [unknown("no_data", "no mount")];
  if (!mount.device.startsWith("0:")) {
    // One that is beside itself has no end.
    if (depth > deepestStack) return [unknown("conflict", mount.source)];
    const all = [
      leavesOfDevice(walk, mount.device, depth),
      ...mount.besides.map((path) => walk.leavesOfPath(path, depth + 1)),
    ];
    return (await Promise.all(all)).flat();
  }
  const leaf = leafOfFileSystem(mount.fsType);
  if (leaf !== null) return [leaf];
  if (mount.fsType === "zfs") return [await zfsLeaf(mount.source)];
  const members = await btrfsMembers(walk.sysfs, basename(await realpath(mount.source)));
  if (members === null) return [unknown("no_data", "btrfs")];
  const leaves = await Promise.all(members.map((member) => leavesBeneath(walk, member, depth)));
  return leaves.flat();
}

async function zfsLeaf(dataset: string): Promise<Leaf> {
  const run = await runTool({
    candidates: ["/usr/sbin/zfs", "/sbin/zfs", "/usr/bin/zfs"],
    args: ["get", "-Hpo", "value", "encryption", "--", dataset],
    deadlineMs: 5_000,
  });
  if (run.kind === "failed") return unknown(run.reason, "zfs");
  return judgeZfs(run.exitCode === 0 ? run.stdout : "", dataset);
}

async function safely(what: string, find: () => Promise<readonly Leaf[]>) {
  try {
    return await find();
  } catch (error) {
    return [failed(error, what)];
  }
}

function unreadable(name: string): Target {
  return { name, leaves: [unknown("parse", name)] };
}

function failed(error: unknown, what: string): Leaf {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return unknown(code === "EACCES" || code === "EPERM" ? "permission" : "no_data", what);
}

function unknown(reason: UnknownReason, what: string): Leaf {
  return { kind: "unknown", reason, what };
}

function describe(target: Target): string {
  const leaves = target.leaves.map((leaf) => JSON.stringify(leaf)).join(" ");
  return `${target.name}: ${leaves}`;
}
