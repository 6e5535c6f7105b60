import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readIfAllowed, readIfThere, readItself } from "./read-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-read-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

test("a file that vanished is absent, not a failure", async () => {
  expect(await readIfThere(at("gone"))).toBeNull();
  expect(await readIfAllowed(at("gone/below"))).toBeNull();
});

test("a file beyond 16 MiB is refused, however little disk it takes", async () => {
  writeFileSync(at("huge"), "");
  truncateSync(at("huge"), 16 * 1024 * 1024 + 1);
  await expect(readIfThere(at("huge"))).rejects.toThrow("is larger than");
});

test("attack: a pipe or a device in place of a file is refused instead of waited for", async () => {
  execFileSync("/usr/bin/mkfifo", [at("pipe")]);
  await expect(readIfThere(at("pipe"))).rejects.toThrow("is no file");
  await expect(readIfThere("/dev/zero")).rejects.toThrow("is no file");
});

test("attack: a link in place of a product's own file leads nowhere", async () => {
  writeFileSync(at("secret"), "root's own");
  symlinkSync(at("secret"), at("link"));
  expect(await readItself(at("link"))).toBeNull();
  expect(await readItself(at("secret"))).toBe("root's own");
  expect(await readIfThere(at("link"))).toBe("root's own");
});

test("bytes that are no UTF-8 become text all the same", async () => {
  writeFileSync(at("latin"), Buffer.from([0x41, 0xe4, 0xff, 0x0a]));
  expect(await readIfThere(at("latin"))).toBe("A\ufffd\ufffd\n");
});
