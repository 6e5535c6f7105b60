// What Node makes of our sources, kept beside them on the emulated machine's disk: there it would take
// most of the time of each start.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { mustRunNow, runNow } from "../lab/command.ts";
import { nodePath } from "../lab/program-path.ts";

/** As init.sh names it to Node, from the clone. */
const folder = ".cache/compiled";

const askedForHelp = ["agent/main.ts", "controller/main.ts"];
/** They have loaded all that they need before they find that they are asked wrongly, or for no test. */
const askedForNothing = [
  ["test/lab/main.ts", "--none"],
  ["test/run/e2e.ts", "--none"],
  ["test/run/vitest-tally.ts", "/dev/null", "e2e", "--", "none"],
];
const loadedLate = [
  "controller/cli/init.ts",
  "controller/cli/serve.ts",
  "agent/cli/daemon.ts",
  "agent/cli/enrol.ts",
  "agent/cli/inquiry.ts",
  "agent/cli/status.ts",
  "agent/collector/conversation.ts",
  "agent/collector/inventory.ts",
  "controller/io/analysis/operations.ts",
];
const readers = "agent/io/posture/linux";

/** Fills it for the sources in this folder. */
export function fillCompileCache(clone: string): void {
  const env = { NODE_COMPILE_CACHE: join(clone, folder), NODE_COMPILE_CACHE_PORTABLE: "1" };
  for (const file of askedForHelp) mustRunNow([nodePath, join(clone, file), "--help"], { env });
  const inside = ["/usr/bin/env", "--chdir", clone, nodePath];
  for (const asked of askedForNothing) runNow([...inside, ...asked], { env });
  const read = readdirSync(join(clone, readers)).filter((file) => /^[a-z-]+\.ts$/.test(file));
  const modules = [...loadedLate, ...read.map((file) => join(readers, file))];
  const program = "for (const each of process.argv.slice(1)) await import(each)";
  const load = [nodePath, "--input-type=module", "--eval", program];
  mustRunNow([...load, ...modules.map((file) => join(clone, file))], { env });
}
