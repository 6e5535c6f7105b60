import fc from "fast-check";
import { expect, test } from "vitest";
import { inclusionsOf } from "./sudoers.ts";
import {
  adminGroupsOf,
  adminsOf,
  directoriesOf,
  knowsByName,
  letsInOthers,
  strangersOf,
} from "./users.ts";

const passwd = [
  "root:x:0:0:root:/root:/bin/bash",
  "toor:x:0:0::/root:/bin/sh",
  "ana:x:1000:1000::/home/ana:/bin/bash",
  "ben:x:1001:27::/home/ben:/bin/bash",
  "cleo:x:1002:1002::/home/cleo:/bin/bash",
  "dan:x:1003:1003::/home/dan:/bin/bash",
].join("\n");
const group = "root:x:0:\nsudo:x:27:ana,gone\nops:x:50:cleo\nana:x:1000:\n";

test("uid 0, members and primary members of admin groups count, root and absent names do not", () => {
  expect(adminsOf({ passwd, group, sudoers: null })).toEqual(["ana", "ben", "toor"]);
});

test("sudoers adds users and groups that may run everything", () => {
  const sudoers = [
    "Defaults env_reset",
    "root ALL=(ALL:ALL) ALL",
    "%ops ALL=(ALL) NOPASSWD: ALL",
    "dan ALL=(ALL) \\",
    "  ALL",
    "ben ALL=(ALL) /usr/bin/apt # ALL",
  ].join("\n");
  expect(adminsOf({ passwd, group, sudoers })).toEqual(["ana", "ben", "cleo", "dan", "toor"]);
});

test.each([
  ["User_Alias A = B : B = dan, !ben\nA ALL=(ALL) ALL", ["dan"]],
  ["dan, ben ALL=(ALL:ALL) NOPASSWD: ALL", ["ben", "dan"]],
  ["#1003 ALL=(ALL) ALL", ["dan"]],
  ["%#2000 ALL=(ALL) ALL", ["cleo"]],
  ["dan ALL=(ALL) ALL, !/usr/bin/su", ["dan"]],
  ["ALL ALL=(ALL) ALL", ["cleo", "dan"]],
  ["User_Alias A = A\nA ALL=(ALL) ALL", []],
  ["dan ALL=(ALL) /bin/ALLES", []],
  ["Cmnd_Alias EVERY = /bin/ls, IN\nCmnd_Alias IN = ALL\ndan ALL=(ALL) NOPASSWD: EVERY", ["dan"]],
  ["Cmnd_Alias SOME = /bin/ls, SOME\ndan ALL=(ALL) SOME", []],
  ["User_Alias A = ben\nUser_Alias A += dan\nA ALL=(ALL) ALL", ["ben", "dan"]],
  ["dan ALL=(root) NOPASSWD: ^.*$", ["dan"]],
  ["dan ALL=(root) /bin/cat ^/var/log/.*$", []],
  ['"%dom ain" ALL=(ALL) ALL', ["ben"]],
  ["%dom\\ ain ALL=(ALL) ALL", ["ben"]],
])("sudoers %j lets in %j", (sudoers, names) => {
  const accounts = "root:x:0:0::/:/bin/sh\ndan:x:1003:1003::/:/bin/sh\nben:x:1002:1:::/bin/false\n";
  const files = {
    passwd: `${accounts}cleo:x:1004:1004::/:/bin/sh\n`,
    group: "ops:x:2000:cleo\ndom ain:x:2001:ben\n",
  };
  expect(adminsOf({ ...files, sudoers })).toEqual(names);
});

test.each([
  ["+admins ALL=(ALL) ALL", true],
  ["User_Alias A = dan, +admins\nA ALL=(ALL) ALL", true],
  ["%:plugin ALL=(ALL) ALL", true],
  ["%-rf ALL=(ALL) ALL", true],
  ["+admins ALL=(ALL) /bin/ls", false],
  ["%ops, dan ALL=(ALL) ALL", false],
])("sudoers %j lets in others than the files name: %s", (sudoers, others) => {
  expect(letsInOthers(sudoers, true)).toBe(others);
});

test("every account of a directory is more than can be counted", () => {
  expect(letsInOthers("ALL ALL=(ALL) ALL", true)).toBe(true);
  expect(letsInOthers("ALL ALL=(ALL) ALL", false)).toBe(false);
});

test("attack: an administrator of the directory whom sudoers names beside its groups", () => {
  const sudoers = "eva, #70003, dan, ben ALL=(ALL) ALL\n";
  expect(strangersOf("", { passwd, group: "", sudoers })).toEqual(["eva", "70003"]);
  const accounts = "eva:*:70001:70001::/home/eva:/bin/bash\nfay:*:70003:1::/home/fay:/bin/bash\n";
  expect(adminsOf({ passwd: `${passwd}\n${accounts}`, group, sudoers })).toContain("eva");
  expect(adminsOf({ passwd: `${passwd}\n${accounts}`, group, sudoers })).toContain("fay");
  expect(knowsByName(accounts, ["eva", "70003"])).toBe(true);
  expect(knowsByName(accounts, ["EVA", "70003"])).toBe(false);
});

test("sudoers names what it includes", () => {
  const text = '@include /etc/more\n#includedir /etc/a\\ b\n @include "c d"\n# include no\n';
  expect(inclusionsOf(text)).toEqual([
    { path: "/etc/more", folder: false },
    { path: "/etc/a b", folder: true },
    { path: "c d", folder: false },
  ]);
});

test("no account at all is no answer", () => {
  expect(adminsOf({ passwd: "", group, sudoers: null })).toBeNull();
  expect(adminsOf({ passwd, group: "", sudoers: null })).toBeNull();
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, sudoers) => {
      adminsOf({ passwd: text, group: text, sudoers });
    }),
  );
});

test("nsswitch.conf: SSSD, LDAP, Winbind and NIS are asked beyond this machine, systemd is not", () => {
  expect(directoriesOf("passwd: files sss\ngroup: files\n").accounts).toBe(true);
  const group = (services: string) => directoriesOf(`passwd: files\ngroup: ${services}\n`).accounts;
  expect(["files [SUCCESS=merge] sss", "files winbind", "compat ldap"].map(group)).toEqual([
    true,
    true,
    true,
  ]);
  expect(["files systemd", "files # sss", "", "files crossss"].map(group)).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(directoriesOf("group: files\nsudoers: files sss\n")).toEqual({
    accounts: false,
    sudoers: true,
  });
});

test("a directory's members of admin groups count once their accounts are named", () => {
  const sudoers = "%ops@corp.example ALL=(ALL) ALL\n%ops ALL=(ALL) ALL\n";
  expect(adminGroupsOf(sudoers)).toEqual(["sudo", "wheel", "admin", "ops@corp.example", "ops"]);
  const answer = "ops:*:70001:eva,ana,$(id),-rf\nwheel:*:70002:eva,finn@corp.example\n";
  expect(strangersOf(answer, { passwd, group, sudoers: null })).toEqual([
    "eva",
    "finn@corp.example",
  ]);
  const accounts = "eva:*:70010:70010:Eva:/home/eva:/bin/bash\n";
  const files = { passwd: `${passwd}\n${accounts}`, group: `${group}\n${answer}`, sudoers };
  expect(adminsOf(files)).toEqual(["ana", "ben", "cleo", "eva", "toor"]);
});
