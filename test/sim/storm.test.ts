/** Faults drawn from seeds over both real programs. A failing seed is repeated by `npm run sim -- --seed N`. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runStorm } from "./storm.ts";

const found = JSON.parse(
  readFileSync(new URL("regressions.json", import.meta.url), "utf8"),
) as readonly number[];
const seeds = [...found, ...Array.from({ length: 30 }, (_, index) => 1_000 + index)];

test.each(seeds)("seed %i: nothing opens that should not, and quiet means right", async (seed) => {
  const { broken, story } = await runStorm(seed);
  expect(broken, story.join("\n")).toEqual([]);
});
