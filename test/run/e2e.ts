// `npm run test:e2e -- [--rounds N] [--seed N] [part of a file name]...`: the namespace tests alone,
// with what the outside captures saw. The last line of stdout is `N passed, N failed, N skipped`.
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { labTally, tallyFolder } from "./lab-tally.ts";
import { tallyLines } from "./tally.ts";

const usage = 2;

function read() {
  try {
    const options = { rounds: { type: "string" }, seed: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const number = (text = "") => (text === "" || /^\d{1,9}$/.test(text) ? text : undefined);
    const [rounds, seed] = [number(values.rounds), number(values.seed)];
    return rounds === undefined || seed === undefined ? undefined : { rounds, seed, positionals };
  } catch {
    return undefined;
  }
}

const asked = read();
if (asked === undefined) {
  process.stderr.write("usage: npm run test:e2e -- [--rounds N] [--seed N] [FILE]...\n");
  process.exit(usage);
}
process.env["SALLYPORT_E2E_ROUNDS"] = asked.rounds;
process.env["SALLYPORT_E2E_SEED"] = asked.seed;
mkdirSync(tallyFolder, { recursive: true });
const tally = await labTally(asked.positionals);
for (const line of tallyLines(tally)) process.stdout.write(`${line}\n`);
process.exitCode = tally.failures.length === 0 ? 0 : 1;
