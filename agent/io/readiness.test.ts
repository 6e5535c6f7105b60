import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { announceReady } from "./readiness.ts";

let directory: string;
let said: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  said = join(directory, "said");
});
afterEach(() => rmSync(directory, { recursive: true }));

function program(exitCode: number): string {
  const path = join(directory, "notify");
  const secret = '"${SECRET-none}"';
  writeFileSync(
    path,
    `#!/bin/sh\necho "$@" "$NOTIFY_SOCKET" ${secret} > ${said}\nexit ${exitCode}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

test("tells the socket that the environment names, and hands nothing else on", async () => {
  const environment = { NOTIFY_SOCKET: "/run/notify", SECRET: "x" };
  expect(await announceReady(environment, program(0))).toBeNull();
  expect(readFileSync(said, "utf8")).toBe("--ready /run/notify none\n");
});

test("starts nothing where nobody asked", async () => {
  expect(await announceReady({}, join(directory, "missing"))).toBeNull();
});

test("says why it could not", async () => {
  const environment = { NOTIFY_SOCKET: "/run/notify" };
  expect(await announceReady(environment, program(3))).toBe("exit code 3");
  expect(await announceReady(environment, join(directory, "missing"))).toContain("ENOENT");
});
