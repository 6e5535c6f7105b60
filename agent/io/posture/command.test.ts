import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runTool } from "./command.ts";
import type { ToolRun } from "./command.ts";
import { trustTool } from "./trusted-tool.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-tool-")));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function script(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const run = (path: string, more: Partial<ToolRun> = {}) =>
  runTool({
    candidates: [path],
    args: [],
    deadlineMs: 20_000,
    trust: () => Promise.resolve(null),
    ...more,
  });

test("arguments reach the program as they are, with a clean environment and closed input", async () => {
  const path = script("echo", 'printf "%s|" "$@"; printf "%s" "$LC_ALL$HOME"; cat');
  process.env["SALLYPORT_TEST_SECRET"] = "x";
  const ended = await run(path, { args: ["$(id)", "a b", "--"] });
  expect(ended).toMatchObject({ kind: "ended", exitCode: 0, stdout: "$(id)|a b|--|C" });
});

test("an exit code is a result, a signal is not", async () => {
  expect(await run(script("code", "echo out; exit 100"))).toMatchObject({
    kind: "ended",
    exitCode: 100,
    stdout: "out\n",
  });
  expect(await run(script("signal", "kill -9 $$"))).toMatchObject({ reason: "no_data" });
});

test("a program that hangs is killed with what it forked", async () => {
  const path = script("hang", "sleep 1000 & echo $!; sleep 1000");
  expect(await run(path, { deadlineMs: 100 })).toMatchObject({ kind: "failed", reason: "timeout" });
});

test("a program that floods its output is stopped", async () => {
  expect(await run(script("flood", "yes"))).toMatchObject({ kind: "failed", reason: "parse" });
});

test("a program can run as a user, without our groups", async ({ skip }) => {
  skip(process.getuid?.() !== 0, "needs root: changes the user");
  const ended = await runTool({
    candidates: ["/usr/bin/id", "/bin/id"],
    args: ["-u"],
    deadlineMs: 20_000,
    as: { uid: 65_534, gid: 65_534 },
  });
  expect(ended).toMatchObject({ stdout: "65534\n" });
  const groups = await runTool({
    candidates: ["/usr/bin/id", "/bin/id"],
    args: ["-G"],
    deadlineMs: 20_000,
    as: { uid: 65_534, gid: 65_534 },
  });
  expect(groups).toMatchObject({ stdout: "65534\n" });
});

test("the first candidate that exists is taken", async () => {
  const path = script("there", "echo yes");
  const trust = (candidate: string) =>
    Promise.resolve(candidate === path ? null : ("tool_missing" as const));
  const ended = await run(path, { candidates: [join(folder, "none"), path], trust });
  expect(ended).toMatchObject({ tool: path, stdout: "yes\n" });
  expect(
    await runTool({ candidates: [join(folder, "none")], args: [], deadlineMs: 100 }),
  ).toMatchObject({ reason: "tool_missing" });
});

test("a program in a folder that others may write is never run", async () => {
  const path = script("planted", "exit 0");
  chmodSync(folder, 0o777);
  expect(await trustTool(path)).toBe("tampered_tool");
  const link = join(folder, "link");
  symlinkSync("/usr/bin/env", link);
  expect(await trustTool(link)).toBe("tampered_tool");
  expect(await trustTool("relative")).toBe("tampered_tool");
  expect(await trustTool("/usr/bin/env")).toBeNull();
  expect(await trustTool("/usr/bin")).toBe("tampered_tool");
});
