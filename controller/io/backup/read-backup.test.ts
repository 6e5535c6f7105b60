import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeFile } from "./read-backup.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-backup-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a file that changed after it was checked is not taken for the one that was", async () => {
  const text = "root certificate";
  const sha256 = createHash("sha256").update(text).digest("hex");
  const file = { name: "root.pem", bytes: text.length, sha256 };
  const take = (target: string) => takeFile(folder, file, join(folder, target));
  writeFileSync(join(folder, file.name), text);
  await take("same");
  expect(readFileSync(join(folder, "same"), "utf8")).toBe(text);
  writeFileSync(join(folder, file.name), "toor certificate");
  await expect(take("other")).rejects.toMatchObject({ code: "SP-812" });
});
