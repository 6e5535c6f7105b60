import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startGenuine, startImpostor } from "../../../../test/fakes/impostor.ts";
import { collectChecks } from "./checks.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-checks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

async function run(checks: readonly object[], trust: "tampered_tool" | null = null) {
  const file = join(folder, "checks.json");
  writeFileSync(file, JSON.stringify({ checks }));
  return readings(file, trust);
}

async function readings(file: string, trust: "tampered_tool" | "tool_missing" | null) {
  const places = { file, proc: "/proc", trust: () => Promise.resolve(trust) };
  const observations = await collectChecks(places);
  return Object.fromEntries(observations.map(({ fact }) => [fact.signal.slice(7), fact.reading]));
}

const known = (...value: readonly string[]) => ({ kind: "known", value });

test("files: there, with the digest, with another one, missing, a link, a folder", async () => {
  const real = join(folder, "real");
  writeFileSync(real, "content");
  symlinkSync(real, join(folder, "link"));
  const file = (id: string, path: string, sha256?: string) => ({ id, kind: "file", path, sha256 });
  expect(
    await run([
      file("there", real),
      file("same", real, digest(real)),
      file("other", real, "0".repeat(64)),
      file("missing", join(folder, "absent")),
      file("link", join(folder, "link")),
      file("folder", folder),
    ]),
  ).toEqual({
    passed: known("same", "there"),
    failed: known("folder", "link", "missing", "other"),
  });
});

test("attack: a program of the right name at another place, or replaced while it runs, does not hold", async () => {
  const program = join(folder, "agent");
  copyFileSync("/usr/bin/sleep", program);
  const child = spawn(program, ["1000"]);
  await once(child, "spawn");
  const process = (id: string, path: string, sha256?: string) => ({
    id,
    kind: "process",
    path,
    sha256,
  });
  try {
    const asked = [
      process("runs", program),
      process("digest", program, digest(program)),
      process("elsewhere", "/opt/vendor/agent"),
    ];
    expect((await run(asked))["passed"]).toEqual(known("digest", "runs"));
    rmSync(program);
    writeFileSync(program, "another");
    expect((await run(asked))["passed"]).toEqual(known());
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

test("attack: a program under the right path in a mount namespace of one's own does not hold", async ({
  skip,
}) => {
  const path = join(folder, "agent");
  const genuine = await startGenuine(path);
  const impostor = await startImpostor(path);
  try {
    skip(impostor === null, "user namespaces are not allowed here");
    expect(readlinkSync(`/proc/${impostor?.pid}/exe`)).toBe(path);
    const asked = [{ id: "runs", kind: "process", path }];
    expect((await run(asked))["passed"]).toEqual(known("runs"));
    genuine.kill("SIGKILL");
    await once(genuine, "exit");
    expect((await run(asked))["passed"]).toEqual(known());
  } finally {
    genuine.kill("SIGKILL");
    impostor?.kill("SIGKILL");
  }
});

test("attack: checks that others than root could have written are not believed", async () => {
  expect(await run([], "tampered_tool")).toEqual({
    passed: { kind: "unknown", reason: "tampered_tool" },
    failed: { kind: "unknown", reason: "tampered_tool" },
  });
});

test("no file is not applicable, a wrong one is not understood", async () => {
  expect(await readings(join(folder, "absent"), "tool_missing")).toMatchObject({
    passed: { kind: "notApplicable" },
  });
  expect(await run([{ id: "a", kind: "file", path: "/etc/*" }])).toMatchObject({
    passed: { kind: "unknown", reason: "parse" },
  });
});
