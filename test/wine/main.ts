// `npm run test:wine`: builds the msi and tries it under Wine in a Debian root of its own. `--built` takes
// the msi of dist/.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { clone, hasProgram } from "../lab/program-path.ts";

const lacks = [
  ...(process.getuid?.() === 0 ? [] : ["needs root: it makes mounts"]),
  ...["mmdebstrap", "unshare", "nsenter", "wixl", "msibuild"]
    .filter((program) => !hasProgram(program))
    .map((program) => `needs ${program}: \`apt-get install mmdebstrap util-linux wixl msitools\``),
];
if (lacks.length > 0) {
  for (const line of lacks) process.stderr.write(`test:wine: ${line}\n`);
  process.exit(1);
}
const run = (argv: readonly string[]): number =>
  spawnSync(process.execPath, argv, { cwd: clone, stdio: "inherit" }).status ?? 1;

const { values } = parseArgs({ options: { built: { type: "boolean", default: false } } });
const built = values.built || run(["packaging/main.ts", "--fast", "--target", "win-x64"]) === 0;
process.exitCode = built ? run(["node_modules/vitest/vitest.mjs", "run", "--project", "wine"]) : 1;
