import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const { buildConsole, consoleHash } = createRequire(import.meta.url)("./console.cjs") as {
  buildConsole: (clone: string) => { ok: boolean; line?: string };
  consoleHash: (clone: string) => string;
};

function withClone(run: (clone: string) => void): void {
  const clone = mkdtempSync(join(tmpdir(), "sallyport-console-"));
  for (const folder of ["controller/console", "shared"]) {
    mkdirSync(join(clone, folder), { recursive: true });
    writeFileSync(join(clone, folder, "one.ts"), "1");
  }
  writeFileSync(join(clone, "package-lock.json"), "{}");
  try {
    run(clone);
  } finally {
    rmSync(clone, { recursive: true });
  }
}

test("the console is built anew where its sources or packages changed, not for a test", () => {
  withClone((clone) => {
    const before = consoleHash(clone);
    writeFileSync(join(clone, "shared", "one.test.ts"), "2");
    expect(consoleHash(clone)).toBe(before);
    writeFileSync(join(clone, "shared", "one.ts"), "2");
    const changed = consoleHash(clone);
    expect(changed).not.toBe(before);
    writeFileSync(join(clone, "package-lock.json"), "{ }");
    expect(consoleHash(clone)).not.toBe(changed);
  });
});

test("a console that is built already is left alone; one that cannot be built is named", () => {
  withClone((clone) => {
    expect(buildConsole(clone)).toMatchObject({
      ok: false,
      line: expect.stringContaining("console was not built"),
    });
    for (const folder of [".cache", ".build/console"]) {
      mkdirSync(join(clone, folder), { recursive: true });
    }
    writeFileSync(join(clone, ".cache", "console-hash"), consoleHash(clone));
    writeFileSync(join(clone, ".build", "console", "index.html"), "");
    expect(buildConsole(clone)).toEqual({ ok: true });
  });
});
