import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitOfClone } from "./commit.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const forms: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    "a branch",
    { ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": `${commit}\n` },
    commit,
  ],
  [
    "a packed branch",
    {
      ".git/HEAD": "ref: refs/heads/main\n",
      ".git/packed-refs": `# pack-refs\n${"f".repeat(40)} refs/heads/not-main\n${commit} refs/heads/main\n`,
    },
    commit,
  ],
  ["a commit without a branch", { ".git/HEAD": `${commit}\n` }, commit],
  [
    "a worktree",
    {
      ".git": "gitdir: main/.git/worktrees/two\n",
      "main/.git/worktrees/two/HEAD": "ref: refs/heads/two\n",
      "main/.git/worktrees/two/commondir": "../..\n",
      "main/.git/refs/heads/two": `${commit}\n`,
    },
    commit,
  ],
  ["a branch without commits", { ".git/HEAD": "ref: refs/heads/main\n" }, "unknown"],
  ["what is no name of a branch", { ".git/HEAD": "ref: /etc/passwd\n" }, "unknown"],
  ["no clone", {}, "unknown"],
];

test.each(forms)("the commit of %s", (_what, files, expected) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  expect(commitOfClone(folder)).toBe(expected);
});
