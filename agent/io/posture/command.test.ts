import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
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

/** Waits until a process is gone, or no more than a zombie that nobody has reaped yet. */
async function untilGone(pid: string): Promise<void> {
  while (isAlive(pid)) await setImmediate(); // the test's own time limit ends this
}

function isAlive(pid: string): boolean {
  try {
    return !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("a program that hangs is killed with what it forked", async () => {
  const note = join(folder, "forked");
  const path = script("hang", `sleep 1000 & echo $! > ${note}.new; mv ${note}.new ${note}; wait`);
  // A busy machine may need more than the first deadline to come as far as its fork.
  for (let deadlineMs = 500; !existsSync(note); deadlineMs *= 2) {
    expect(await run(path, { deadlineMs })).toMatchObject({ kind: "failed", reason: "timeout" });
  }
  await untilGone(readFileSync(note, "utf8").trim());
});

test("a program that does not listen to its end is killed at the deadline", async () => {
  const path = script("deaf", "trap '' TERM; while :; do sleep 1000; done");
  expect(await run(path, { deadlineMs: 300 })).toMatchObject({ reason: "timeout" });
});

test("a program that ends and leaves a child in the background takes it along", async () => {
  const note = join(folder, "left");
  const path = script("leave", `sleep 1000 >/dev/null 2>&1 & echo $! > ${note}; echo done`);
  expect(await run(path)).toMatchObject({ kind: "ended", stdout: "done\n" });
  await untilGone(readFileSync(note, "utf8").trim());
});

test("one whose child fled into a session of its own is given up with it", async () => {
  const note = join(folder, "fled");
  const flight = `setsid sh -c 'echo $$ > ${note}.new; mv ${note}.new ${note}; exec sleep 1000'`;
  const path = script("flee", `${flight} & while [ ! -e ${note} ]; do :; done; yes`);
  expect(await run(path)).toMatchObject({ reason: "parse" });
  await untilGone(readFileSync(note, "utf8").trim());
});

test("attack: a person's program that floods and stays, where we may not kill it, keeps nobody waiting", async ({
  skip,
}) => {
  skip(process.getuid?.() !== 0, "needs root: changes the user");
  const place = mkdtempSync(join(tmpdir(), "sallyport-unkillable-"));
  try {
    chmodSync(place, 0o755);
    const note = join(place, "pid");
    writeFileSync(note, "");
    chmodSync(note, 0o666);
    const path = join(place, "hang");
    writeFileSync(path, `#!/bin/sh\necho $$ > ${note}\ntrap "" PIPE\nyes\nexec sleep 1000\n`);
    chmodSync(path, 0o755);
    const question = {
      candidates: [path],
      args: [],
      deadlineMs: 60_000,
      as: { uid: 65_534, gid: 65_534 },
    };
    const program =
      `import { runTool } from ${JSON.stringify(new URL("command.ts", import.meta.url).href)};` +
      `const trust = () => Promise.resolve(null);` +
      `const ended = await runTool({ ...${JSON.stringify(question)}, trust });` +
      `process.stdout.write(ended.reason ?? ended.kind, () => process.exit(0));`;
    const told = spawnSync(
      "/usr/bin/setpriv",
      [
        "--bounding-set=-kill",
        "--inh-caps=-kill",
        process.execPath,
        "--input-type=module",
        "-e",
        program,
      ],
      { encoding: "utf8", timeout: 60_000 },
    );
    const pid = Number(readFileSync(note, "utf8"));
    expect(pid).toBeGreaterThan(0);
    process.kill(pid, "SIGKILL");
    expect(told).toMatchObject({ stdout: "parse", status: 0 });
  } finally {
    rmSync(place, { recursive: true });
  }
});

test("attack: a link in a home that leads to root's own file is not followed with root's rights", async ({
  skip,
}) => {
  skip(process.getuid?.() !== 0, "needs root: changes the user");
  const home = mkdtempSync(join(tmpdir(), "sallyport-home-"));
  try {
    writeFileSync(join(home, "secret"), "root's own", { mode: 0o600 });
    symlinkSync(join(home, "secret"), join(home, "kscreenlockerrc"));
    chmodSync(home, 0o755);
    const ended = await runTool({
      candidates: ["/usr/bin/cat", "/bin/cat"],
      args: ["--", join(home, "kscreenlockerrc")],
      deadlineMs: 20_000,
      as: { uid: 65_534, gid: 65_534 },
    });
    expect(ended).toMatchObject({ kind: "ended", exitCode: 1, stdout: "" });
  } finally {
    rmSync(home, { recursive: true });
  }
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

test("attack: another's program in root's folder, and a link from there to a folder of another's", async ({
  skip,
}) => {
  skip(process.getuid?.() !== 0, "needs root: a folder of root's outside of /tmp");
  const place = mkdtempSync("/var/lib/sallyport-trust-");
  try {
    const own = join(place, "tool");
    writeFileSync(own, "", { mode: 0o755 });
    expect(await trustTool(own)).toBeNull();
    chownSync(own, 65_534, 65_534);
    expect(await trustTool(own)).toBe("tampered_tool");
    const theirs = join(place, "theirs");
    mkdirSync(theirs);
    writeFileSync(join(theirs, "tool"), "", { mode: 0o755 });
    const link = join(place, "link");
    symlinkSync(join(theirs, "tool"), link);
    expect(await trustTool(link)).toBeNull();
    chownSync(theirs, 65_534, 65_534);
    expect(await trustTool(link)).toBe("tampered_tool");
    const between = join(theirs, "between");
    symlinkSync("/usr/bin/env", between);
    const toLink = join(place, "to-link");
    symlinkSync(between, toLink);
    expect(await trustTool(toLink)).toBe("tampered_tool");
    chownSync(theirs, 0, 0);
    expect(await trustTool(toLink)).toBeNull();
  } finally {
    rmSync(place, { recursive: true });
  }
});
