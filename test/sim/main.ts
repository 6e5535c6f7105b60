/** `npm run sim -- --seed N [--count M]`: repeats a seed and tells its story, or looks for new ones. */
import { parseArgs } from "node:util";
import { runStorm } from "./storm.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, count: { type: "string", default: "1" } },
});
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
