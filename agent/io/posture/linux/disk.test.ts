import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectDisk } from "./disk.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sallyport-disk-"));
  write("etc/passwd", "ana:x:1000:1000::/home/ana:/bin/bash\n");
  write("proc/swaps", "Filename Type Size Used Priority\n");
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Adds a block device to the tree; partitions are given as `vda/vda1`. */
function device(
  number: string,
  path: string,
  more: { uuid?: string; slaves?: string[] } = {},
): void {
  const folder = join(root, "sys/devices", path);
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, "sys/dev/block"), { recursive: true });
  symlinkSync(folder, join(root, "sys/dev/block", number));
  if (more.uuid !== undefined) write(`sys/devices/${path}/dm/uuid`, `${more.uuid}\n`);
  if (path.includes("/")) write(`sys/devices/${path}/partition`, "1\n");
  for (const slave of more.slaves ?? []) {
    mkdirSync(join(folder, "slaves"), { recursive: true });
    symlinkSync(join(root, "sys/devices", slave), join(folder, "slaves", slave.replace("/", "-")));
  }
}

function mounts(...lines: string[]): void {
  const rows = lines.map((line, index) => `${index + 20} 1 ${line}`);
  write("proc/self/mountinfo", `${rows.join("\n")}\n`);
}

async function reading(index = 0, links: Readonly<Record<string, string>> = {}) {
  const observations = await collectDisk({
    proc: join(root, "proc"),
    sysfs: join(root, "sys"),
    etc: join(root, "etc"),
    follow: (path) => Promise.resolve(links[path] ?? path),
  });
  return observations[index]?.fact.reading;
}

const luks = "CRYPT-LUKS2-62688ee48c3841e9b0b66bab449621a5-root";

test("ext4 on LVM on LUKS2 is encrypted", async () => {
  device("254:0", "vda");
  device("254:1", "vda/vda1");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda/vda1"] });
  device("253:1", "dm-1", { uuid: "LVM-abc", slaves: ["dm-0"] });
  mounts("253:1 / / rw - ext4 /dev/mapper/vg-root rw");
  expect(await reading()).toEqual({ kind: "known", value: true });
});

test("one volume over an encrypted and a bare disk is not", async () => {
  device("254:0", "vda");
  device("254:16", "vdb");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda"] });
  device("253:1", "dm-1", { uuid: "LVM-abc", slaves: ["dm-0", "vdb"] });
  mounts("253:1 / / rw - ext4 /dev/mapper/vg-root rw");
  expect(await reading()).toEqual({ kind: "known", value: false });
});

test("a mirror (md) is encrypted when all its halves are, and one bare half decides", async () => {
  device("254:0", "vda");
  device("254:16", "vdb");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda"] });
  device("9:0", "md0", { slaves: ["dm-0", "vdb"] });
  mounts("9:0 / / rw - ext4 /dev/md0 rw");
  expect(await reading()).toEqual({ kind: "known", value: false });
  device("253:1", "dm-1", { uuid: luks, slaves: ["vdb"] });
  device("9:1", "md1", { slaves: ["dm-0", "dm-1"] });
  mounts("9:1 / / rw - ext4 /dev/md1 rw");
  expect(await reading()).toEqual({ kind: "known", value: true });
});

test.each(["logdev", "rtdev"])("an XFS with its %s elsewhere counts both", async (option) => {
  device("254:0", "vda");
  device("254:16", "vdb");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda"] });
  const plain = "254:16 / /plain rw - ext4 /dev/vdb rw";
  device("253:1", "dm-1", { uuid: luks, slaves: ["vdb"] });
  const hidden = "253:1 / /hidden rw - ext4 /dev/dm-1 rw";
  const root = (path: string) => `253:0 / / rw - xfs /dev/dm-0 rw,attr2,${option}=${path},noquota`;
  mounts(plain, hidden, root("/plain/image"));
  expect(await reading()).toEqual({ kind: "known", value: false });
  mounts(plain, hidden, root("/hidden/image"));
  expect(await reading()).toEqual({ kind: "known", value: true });
  mounts(plain, hidden, root("/itself"));
  expect(await reading()).toEqual({ kind: "unknown", reason: "conflict" });
});

test("integrity alone is no encryption", async () => {
  device("254:0", "vda");
  device("253:0", "dm-0", { uuid: "CRYPT-INTEGRITY-integ0", slaves: ["vda"] });
  mounts("253:0 / / rw - ext4 /dev/mapper/integ0 rw");
  expect(await reading()).toEqual({ kind: "known", value: false });
});

test("a plain home beside an encrypted root decides", async () => {
  device("254:0", "vda");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda"] });
  mounts("253:0 / / rw - ext4 /dev/dm-0 rw", "254:0 / /home rw - ext4 /dev/vda rw");
  expect(await reading()).toEqual({ kind: "known", value: false });
});

test.each([
  ["a home", { "/home/ana": "/data/ana" }],
  ["the folder of homes", { "/home": "/data", "/home/ana": "/data/ana" }],
])("%s that is a link to a plain disk decides", async (_, links) => {
  device("254:0", "vda");
  device("254:16", "vdb");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda"] });
  mounts("253:0 / / rw - ext4 /dev/dm-0 rw", "254:16 / /data rw - ext4 /dev/vdb rw");
  expect(await reading(0)).toEqual({ kind: "known", value: true });
  expect(await reading(0, links)).toEqual({ kind: "known", value: false });
  expect(await reading(1)).toEqual({ kind: "known", value: true });
  expect(await reading(1, links)).not.toEqual({ kind: "known", value: true });
});

test("attack: a home that hangs, as a person's own file system may, is not entered", async () => {
  device("254:0", "vda");
  mounts("254:0 / / rw - ext4 /dev/vda rw", "0:50 / /home/ana rw - fuse.gocryptfs /home/.ana rw");
  expect(await reading(1, { "/home/ana": "/elsewhere" })).toEqual({ kind: "known", value: true });
});

test("every member of a btrfs counts, not only the one that is named", async () => {
  device("254:0", "vda");
  device("254:16", "vdb");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda"] });
  const members = join(root, "sys/fs/btrfs/0bf1/devices");
  mkdirSync(members, { recursive: true });
  symlinkSync(join(root, "sys/devices/dm-0"), join(members, "dm-0"));
  symlinkSync(join(root, "sys/devices/vdb"), join(members, "vdb"));
  write("dev/dm-0", "");
  mounts(`0:40 / / rw - btrfs ${join(root, "dev/dm-0")} rw`);
  expect(await reading()).toEqual({ kind: "known", value: false });
});

test.each([
  ["an overlay root", "0:30 / / rw - overlay overlay rw", "no_data"],
  ["a root over the network", "0:31 / / rw - nfs4 host:/root rw", "network_fs"],
  ["a device that sysfs does not know", "254:99 / / rw - ext4 /dev/x rw", "no_data"],
])("%s is unknown", async (_, line, reason) => {
  mounts(line);
  expect(await reading()).toEqual({ kind: "unknown", reason });
});

test("a home mounted by eCryptfs is encrypted file by file, the plain disk beneath is not", async () => {
  device("254:0", "vda");
  mounts("254:0 / / rw - ext4 /dev/vda rw", "0:50 / /home/ana rw - ecryptfs /home/.ecryptfs rw");
  expect(await reading()).toEqual({ kind: "known", value: false });
  expect(await reading(1)).toEqual({ kind: "known", value: true });
});

test("a home on a plain disk that cannot be asked about its files is unknown", async () => {
  device("254:0", "vda");
  mounts("254:0 / / rw - ext4 /dev/vda rw");
  expect(await reading(1)).toEqual({ kind: "unknown", reason: "no_data" });
});

test.each([
  ["accounts", "etc/passwd"],
  ["swap areas", "proc/swaps"],
])("an empty file in the place of the list of %s proves nothing", async (_, path) => {
  device("254:0", "vda");
  device("253:0", "dm-0", { uuid: luks, slaves: ["vda"] });
  mounts("253:0 / / rw - ext4 /dev/dm-0 rw");
  expect(await reading()).toEqual({ kind: "known", value: true });
  write(path, "");
  expect(await reading()).toEqual({ kind: "unknown", reason: "parse" });
  if (path === "etc/passwd") expect(await reading(1)).toEqual({ kind: "unknown", reason: "parse" });
});

test("a machine without any mount table is unknown", async () => {
  expect(await reading()).toMatchObject({ kind: "unknown" });
});
