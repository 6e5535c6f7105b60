// What Debian's own judge says of the debs; each override in packaging/linux/lintian has its reason there.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { hasProgram, programPath } from "../lab/program-path.ts";
import { builtPackages } from "./built-packages.ts";

const judge = ["--allow-root", "--profile", "debian", "--fail-on", "error,warning"];

test.for(builtPackages())("lintian finds nothing in %s that is not justified", (file, { skip }) => {
  if (!hasProgram("lintian")) skip("needs `apt-get install lintian`");
  const judged = spawnSync(programPath("lintian"), [...judge, file], { encoding: "utf8" });
  expect(judged).toMatchObject({ status: 0, stdout: "" });
});
