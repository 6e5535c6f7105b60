import fc from "fast-check";
import { expect, test } from "vitest";
import { adminsOf } from "./users.ts";

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

test("no account at all is no answer", () => {
  expect(adminsOf({ passwd: "", group, sudoers: null })).toBeNull();
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, sudoers) => {
      adminsOf({ passwd: text, group: text, sudoers });
    }),
  );
});
