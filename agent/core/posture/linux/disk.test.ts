import fc from "fast-check";
import { expect, test } from "vitest";
import {
  encryptedFolders,
  encryptionOf,
  homesOf,
  judgeDisk,
  judgeHomes,
  judgeZfs,
  leafOfFileSystem,
  parseSwaps,
} from "./disk.ts";
import type { Leaf } from "./disk.ts";
import { mountOf, parseMountinfo } from "./mountinfo.ts";

const encrypted: Leaf = { kind: "encrypted", device: "dm-0", how: "LUKS2" };
const plain: Leaf = { kind: "plain", device: "vda" };
const memory: Leaf = { kind: "memory" };
const network: Leaf = { kind: "unknown", reason: "network_fs", what: "nfs4" };
const judge = (...leaves: Leaf[]) => judgeDisk([{ name: "/", leaves }]);

test("every leaf must be encrypted; one plain disk decides", () => {
  expect(judge(encrypted, encrypted, memory)).toEqual({ kind: "known", value: true });
  expect(judge(encrypted, plain)).toEqual({ kind: "known", value: false });
  expect(judge(network, plain)).toEqual({ kind: "known", value: false });
});

test("what cannot be told is unknown, and so is a machine without any disk", () => {
  expect(judge(encrypted, network)).toEqual({ kind: "unknown", reason: "network_fs" });
  expect(judge(memory)).toEqual({ kind: "unknown", reason: "no_data" });
  expect(judge()).toEqual({ kind: "unknown", reason: "no_data" });
});

test.each([
  ["CRYPT-LUKS2-62688ee48c3841e9b0b66bab449621a5-luks2test", "LUKS2"],
  ["CRYPT-LUKS1-62688ee48c3841e9b0b66bab449621a5-old", "LUKS1"],
  ["CRYPT-PLAIN-plain1", "PLAIN"],
  ["CRYPT-INTEGRITY-integ0", null],
  ["CRYPT-VERITY-aa-root", null],
  ["CRYPT-SOMETHINGNEW-x", null],
  ["LVM-abcdefghijklmnopqrstuvwxyz", null],
  ["", null],
])("device-mapper UUID %s is %s", (uuid, how) => {
  expect(encryptionOf(uuid)).toBe(how);
});

test("an overlay root is not judged", () => {
  expect(leafOfFileSystem("overlay")).toEqual({
    kind: "unknown",
    reason: "no_data",
    what: "overlay",
  });
  expect(leafOfFileSystem("tmpfs")).toEqual(memory);
  expect(leafOfFileSystem("btrfs")).toBeNull();
});

const home = (leaves: readonly Leaf[], byFile: boolean | null) => ({ path: "/h", leaves, byFile });
const files: Leaf = { kind: "files", how: "ecryptfs" };

test.each([
  ["on an encrypted disk", [home([encrypted], false)], { kind: "known", value: true }],
  ["on a plain disk, by fscrypt", [home([plain], true)], { kind: "known", value: true }],
  ["an eCryptfs mount", [home([files], false)], { kind: "known", value: true }],
  [
    "one of two is open",
    [home([plain], true), home([plain], false)],
    { kind: "known", value: false },
  ],
  ["nobody could ask", [home([plain], null)], { kind: "unknown", reason: "no_data" }],
  [
    "an open one and a doubtful one",
    [home([plain], null), home([plain], false)],
    { kind: "known", value: false },
  ],
  ["over the network", [home([network], false)], { kind: "unknown", reason: "network_fs" }],
  ["nothing found beneath", [home([], false)], { kind: "unknown", reason: "no_data" }],
  ["nobody lives here", [], { kind: "notApplicable", proof: "nobody has a home here" }],
] as const)("homes: %s", (_, homes, reading) => {
  expect(judgeHomes(homes)).toEqual(reading);
});

test("lsattr's E is encryption, its e is not; errors and links say nothing", () => {
  const text =
    "--------------e------- /home/ana\n-----------E--e------- /home/b c\n" +
    "lsattr: Operation not supported While reading flags on /home/link\n";
  expect(encryptedFolders(text)).toEqual(
    new Map([
      ["/home/ana", false],
      ["/home/b c", true],
    ]),
  );
});

test("file systems that encrypt file by file have no say about the disk", () => {
  expect(leafOfFileSystem("ecryptfs")).toEqual(files);
  expect(leafOfFileSystem("fuse.gocryptfs")).toEqual({ kind: "files", how: "fuse.gocryptfs" });
  expect(judge(files)).toEqual({ kind: "unknown", reason: "no_data" });
  expect(judge(files, plain)).toEqual({ kind: "known", value: false });
});

const table = String.raw`22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw
23 22 0:21 / /proc rw - proc proc rw
30 22 254:1 / /home rw - ext4 /dev/mapper/vg-home rw
31 30 0:40 / /home/a\040b rw - nfs4 host:/b rw
32 22 254:2 / /home rw - xfs /dev/sdb1 rw
`;

test("the longest mount point wins, the last among equals, with spaces unescaped", () => {
  const mounts = parseMountinfo(table) ?? [];
  expect(mountOf(mounts, "/var/lib")?.device).toBe("254:0");
  expect(mountOf(mounts, "/home/c")?.device).toBe("254:2");
  expect(mountOf(mounts, "/homeless")?.device).toBe("254:0");
  expect(mountOf(mounts, "/home/a b/c")?.fsType).toBe("nfs4");
});

test("swap areas and homes of people are found", () => {
  const swaps =
    "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 100\n/swap\\040file file 1 0 -2\n";
  expect(parseSwaps(swaps)).toEqual([
    { path: "/dev/zram0", file: false },
    { path: "/swap file", file: true },
  ]);
  const passwd =
    "root:x:0:0::/root:/bin/bash\nana:x:1000:1000::/home/ana:/bin/zsh\nsvc:x:1001:1001::/srv:/usr/sbin/nologin\nnobody:x:65534:65534::/nonexistent:/bin/sh\n";
  expect(homesOf(passwd)).toEqual(["/home/ana"]);
  expect(homesOf("root:x:0:0::/root:/bin/bash\n")).toEqual([]);
});

test("no list is not an empty list", () => {
  expect(parseSwaps("")).toBeNull();
  expect(homesOf("")).toBeNull();
});

test("garbage never throws and never mounts anything", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseMountinfo(text)).toBeNull();
      parseSwaps(text);
      homesOf(text);
      encryptionOf(text);
      encryptedFolders(text);
    }),
  );
});

test.each([
  ["aes-256-gcm\n", "encrypted"],
  ["aes-128-ccm\n", "encrypted"],
  ["on\n", "encrypted"],
  ["off\n", "plain"],
  ["-\n", "plain"],
  ["aes-256-gcm\noff\n", "unknown"],
  ["verschlüsselt\n", "unknown"],
  ["error\n", "unknown"],
  ["", "unknown"],
])("zfs says %j: %s", (text, kind) => {
  expect(judgeZfs(text, "rpool/ROOT").kind).toBe(kind);
});
