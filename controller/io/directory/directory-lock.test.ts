import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockDirectory } from "./directory-lock.ts";

test("one controller per folder: the second hears who holds it; the lock takes no room", () => {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-lock-"));
  try {
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(`another process (pid ${process.pid})`);
    expect(statSync(join(directory, "lock.db")).size).toBe(0);
    lock.release();
    lockDirectory(directory).release();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("foreign content of the lock's files is no other controller", () => {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-lock-"));
  try {
    writeFileSync(join(directory, "lock.db"), Buffer.alloc(500, "x"));
    mkdirSync(join(directory, "lock.pid", "deep"), { recursive: true });
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow("SP-303");
    lock.release();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
