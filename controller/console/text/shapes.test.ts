import { expect, test } from "vitest";
import { shapes } from "./shapes.ts";

test("no two marks look alike without their colours", () => {
  const drawn = Object.values(shapes).map((shape) => JSON.stringify(shape));
  const insides = Object.values(shapes).map(({ inside }) => inside);
  expect(new Set(drawn).size).toBe(drawn.length);
  expect(new Set(insides).size).toBe(insides.length);
});
