import { expect, test } from "vitest";
import { simulationBody } from "./simulation-options.ts";

test("a risk is whole points from 0 to 100", () => {
  expect(simulationBody([], { risk: "70" })).toMatchObject({ risk: { session: 70, identity: 70 } });
  expect(simulationBody([], {})).not.toHaveProperty("risk");
  for (const risk of ["101", "-1", "1.5", "high", ""]) {
    expect(() => simulationBody([], { risk })).toThrow("SP-703");
  }
});
