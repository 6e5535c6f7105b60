import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const main = resolve(import.meta.dirname, "main.ts");

it("answers a wrong flag with exit 2, one object on stdout and no stack", () => {
  const args = [main, "--once", "--json", "--bogus"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(status).toBe(2);
  expect(
    stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line)),
  ).toMatchObject([
    {
      schema: "sallyport.lab/1",
      ok: false,
      failed: { step: "usage", detail: expect.stringContaining("--bogus") },
    },
  ]);
  expect(stderr).toContain("usage: npm start");
  expect(stderr).not.toMatch(/^\s+at |TypeError/m);
});
