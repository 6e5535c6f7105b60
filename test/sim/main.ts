/** `npm run sim -- --seed N [--count M]`: repeats a seed and tells its story, or looks for new ones. */
import { commandOptions, refuseOptions } from "../../packaging/build/command-options.ts";
import { runStorm } from "./storm.ts";

const usage = "npm run sim -- [--seed N] [--count N]";
const number = { type: "string", default: "1" } as const;
const values = commandOptions(usage, { seed: number, count: number });
if (![values.seed, values.count].every((text) => /^[1-9]\d{0,8}$/.test(text))) refuseOptions(usage);
const first = Number(values.seed);
const count = Number(values.count);
let failed = 0;
for (let seed = first; seed < first + count; seed++) {
  const { broken, story } = await runStorm(seed);
  if (broken.length > 0) failed += 1;
  if (broken.length > 0 || count === 1) {
    process.stdout.write(
      `seed ${seed}\n${[...story, ...broken.map((line) => `! ${line}`)].join("\n")}\n`,
    );
  }
}
process.stdout.write(`${count - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
