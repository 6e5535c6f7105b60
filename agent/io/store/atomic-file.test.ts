import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a disk that has room for a part of a file leaves the old one, and no part", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-atomic-"));
  try {
    const path = join(folder, "identity.json");
    writeFileSync(path, "the old content");
    const source = new URL("./atomic-file.ts", import.meta.url).href;
    const program = `
      const { writeAtomic } = await import(${JSON.stringify(source)});
      try { writeAtomic(${JSON.stringify(path)}, "x".repeat(9_000)); }
      catch (error) { process.stdout.write(error.code); }`;
    // Like a full disk, a limit on the size of files takes a first part without an error.
    const limited = `trap "" XFSZ; ulimit -f 8; exec "$0" --input-type=module -e "$1"`;
    const { stdout } = spawnSync("/bin/sh", ["-c", limited, process.execPath, program], {
      encoding: "utf8",
    });
    expect(stdout).toBe("SP-901");
    expect(readFileSync(path, "utf8")).toBe("the old content");
    expect(readdirSync(folder)).toEqual(["identity.json"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
