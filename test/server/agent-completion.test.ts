// What a shell and `--help` tell of the command line.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { examplesOf } from "../../agent/cli/examples.ts";
import { startFakeNetd } from "../fakes/fake-netd.ts";
import { openResource, statusOf } from "../fakes/surface-samples.ts";
import { runAgent } from "./agent-program.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const run = (args: readonly string[]) => runAgent(directory, args);

test("every command is completed, and its help begins with what people do with it", async () => {
  const { exit, stdout } = await run(["completion", "powershell"]);
  expect(exit).toBe(0);
  const commands = [...stdout.matchAll(/^ {4}'([^']*)' = @\{.*names = '(\w*)'/gm)];
  const paths = commands.map(([, path = ""]) => path);
  expect(paths).toEqual(expect.arrayContaining(["", "status", "explain", "gateway break-glass"]));
  expect(paths).not.toEqual(expect.arrayContaining(["names"]));
  expect(paths).not.toEqual(expect.arrayContaining(["collector"]));
  expect(paths.filter((path) => examplesOf(path.split(" ").at(-1) ?? "", "linux") === "")).toEqual(
    [],
  );
  const live = commands.flatMap(([, path, names]) => (names === "" ? [] : [`${path}: ${names}`]));
  expect(live).toEqual(["explain: resource", "request: resource"]);
  expect((await run(["explain", "--help"])).stdout).toMatch(/^Examples:\n {2}sallyport explain/);
  expect((await run(["--help"])).stdout).toMatch(/^Examples:\n {2}sallyport status/);
});

test("bash is offered the resources of this machine, and runs nothing that a name says", async () => {
  const script = (await run(["completion", "bash"])).stdout;
  const agent = await startFakeNetd(join(directory, "local.sock"), () => ({
    status: statusOf("connected", ["db-prod", "db-test", "wiki", "db-$(id)"].map(openResource)),
  }));
  const told = await run(["names", "resource", "db-"]);
  await agent.close();
  expect(told).toMatchObject({ exit: 0, stdout: "db-prod\ndb-test\n" });
  // Without an agent a shell is told nothing, and says nothing.
  expect(await run(["names", "resource", "db-"])).toMatchObject({ stdout: "", stderr: "" });
  const lines = [
    script,
    `sallyport() { printf '%s\\n' ${told.stdout.trim().split("\n").join(" ")}; }`,
    "COMP_WORDS=(sallyport explain db-)",
    "COMP_CWORD=2",
    "_sallyport",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const offered = execFileSync("/bin/bash", ["--norc", "-c", lines.join("\n")]).toString();
  expect(offered).toBe(told.stdout);
});
