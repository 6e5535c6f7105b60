import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";

const file = pathToFileURL(join(import.meta.dirname, "command-options.ts")).href;
const program = `
import { commandOptions } from ${JSON.stringify(file)};
const values = commandOptions("do [--count N]", { count: { type: "string", default: "1" } });
process.stdout.write(values.count);
`;

function run(...args: readonly string[]) {
  const argv = ["--input-type=module", "--eval", program, "--", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  return { status, stdout, stderr };
}

it("reads what was given, else the default", () => {
  expect(run("--count", "3")).toMatchObject({ status: 0, stdout: "3" });
  expect(run()).toMatchObject({ status: 0, stdout: "1" });
});

it.each([["--nonsense"], ["--count"], ["more"]])("says how it is used after %s", (argument) => {
  expect(run(argument)).toEqual({ status: 2, stdout: "", stderr: "usage: do [--count N]\n" });
});
