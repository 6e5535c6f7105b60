// `npm run test:fresh [-- trixie]`: a newcomer's Debian with git and Debian's own Node and nothing
// else, in which the README's first command has to work, for root and for an ordinary user. It
// fetches from Debian's, npm's and Go's registries, so `npm test` leaves it out.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasProgram, clone, programPath } from "../lab/program-path.ts";
import { debianRoot } from "../packages/box-root.ts";
import { emptyTally, tallyLines } from "../run/tally.ts";

/** What a newcomer has; the last two are in every Debian but the smallest. */
const newcomerPackages = ["git", "ca-certificates", "nodejs", "npm", "passwd", "mount"];

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root: it makes a Debian root and enters it";
  const absent = ["mmdebstrap", "unshare", "pivot_root"].filter((name) => !hasProgram(name));
  return absent.length === 0 ? undefined : `needs ${absent.join(", ")}`;
}

function runInside(suite: string): number {
  const root = debianRoot(suite, newcomerPackages);
  const folder = join(clone, ".cache", "fresh");
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["upper", "work", "root"]) mkdirSync(join(folder, part), { recursive: true });
  const spaces = ["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"];
  const inside = [process.execPath, join(import.meta.dirname, "inside.ts"), root, folder];
  const child = spawnSync(
    programPath("unshare"),
    [...spaces, "--propagation", "private", "--", ...inside],
    { stdio: "inherit" },
  );
  rmSync(folder, { recursive: true, force: true });
  return child.status ?? 1;
}

const reason = whyNot();
if (reason === undefined) {
  process.exitCode = runInside(process.argv[2] ?? "bookworm");
} else {
  const skips = [{ test: "test/fresh", reason }];
  for (const line of tallyLines({ ...emptyTally, skips })) process.stdout.write(`${line}\n`);
}
