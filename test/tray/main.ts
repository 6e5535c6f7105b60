// `npm run test:tray`: the tray in a real panel on a display without a screen. Pictures go to .cache/test-tray.
import { spawnSync } from "node:child_process";
import { clone, hasProgram } from "../lab/program-path.ts";

const lacks = [
  ...(process.getuid?.() === 0 ? [] : ["needs root: it makes mounts"]),
  ...["mmdebstrap", "unshare", "nsenter"]
    .filter((program) => !hasProgram(program))
    .map((program) => `needs ${program}: \`apt-get install mmdebstrap util-linux\``),
];
if (lacks.length > 0) {
  for (const line of lacks) process.stderr.write(`test:tray: ${line}\n`);
  process.exit(1);
}
const argv = ["node_modules/vitest/vitest.mjs", "run", "--project", "tray"];
process.exitCode = spawnSync(process.execPath, argv, { cwd: clone, stdio: "inherit" }).status ?? 1;
