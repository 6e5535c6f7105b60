// `npm run test:parsers -- [--cases N]`: damaged and hostile output for every parser of collectors,
// N cases (100,000 when none are given) over all of them together, at the lowest priority.
// Exit 0 all held, 1 one did not, 2 usage.
import { spawnSync } from "node:child_process";
import { constants, setPriority } from "node:os";
import { commandOptions, refuseOptions } from "../../packaging/build/command-options.ts";
import { linuxSamples } from "../parsers/linux.ts";
import { macSamples } from "../parsers/mac.ts";
import { edrSamples } from "../parsers/products.ts";
import { windowsSamples } from "../parsers/windows.ts";

const usage = "npm run test:parsers -- [--cases N], at most 100,000,000";
const values = commandOptions(usage, { cases: { type: "string", default: "100000" } });
const cases = Number(values.cases);
if (!Number.isInteger(cases) || cases < 1 || cases > 100_000_000) refuseOptions(usage);

const samples = [...linuxSamples, ...edrSamples, ...macSamples, ...windowsSamples];
// Each parser has a property over garbage and one over damaged output; cut ones come on top.
const runs = Math.ceil(cases / (samples.length * 2));
process.stdout.write(
  `${samples.length} parsers, ${runs} cases of each of 2 properties: ${samples.length * 2 * runs} cases\n`,
);
setPriority(constants.priority.PRIORITY_LOW);
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project=unit",
    "--testTimeout=3600000",
    "--reporter=dot",
    "test/parsers",
  ],
  { stdio: "inherit", env: { ...process.env, SALLYPORT_FUZZ_RUNS: String(runs) } },
);
process.exit(status === 0 ? 0 : 1);
