/** Each file ends with what the captures outside the laptop saw since the lab began: nothing in clear. */
import { relative } from "node:path";
import { afterAll, expect } from "vitest";
import { clone } from "../lab/program-path.ts";
import { sharedLab } from "./shared-lab.ts";

afterAll(async () => {
  const { leaked, tunnel, examples } = await (await sharedLab()).network.leaks.read();
  const file = relative(clone, expect.getState().testPath ?? "");
  process.stdout.write(`capture: ${file}: ${tunnel} packets of the tunnel, ${leaked} in clear\n`);
  expect(leaked, examples.join("; ")).toBe(0);
});
