import { expect, test } from "vitest";
import { frameBytesMax } from "#shared/protocol/capability.ts";
import { controllerMessage } from "#shared/protocol/controller-message.ts";
import { makeId } from "#shared/base/id.ts";
import { fitLevels, fitLines } from "./verdict-room.ts";

const line = (number: number, state: "open" | "blocked", text = "") => ({
  resource: makeId("res", number, new Uint8Array(10)),
  name: `r${number}`,
  state,
  reasons: [],
  fixes: text === "" ? [] : [{ signal: "firewall.enabled", text, who: "user" as const }],
});

const lines = (count: number, state: "open" | "blocked", text?: string) =>
  Array.from({ length: count }, (_, number) => line(number, state, text));

test("what fits is told whole, and nothing is counted", () => {
  expect(fitLines(lines(3, "blocked"))).toEqual({ resources: lines(3, "blocked") });
});

test("of more than a thousand the open ones are named first, the others counted", () => {
  const all = [...lines(700, "blocked"), ...lines(600, "open")];
  const { resources, unnamed } = fitLines(all);
  expect(resources).toHaveLength(1_000);
  expect(resources.filter(({ state }) => state === "open")).toHaveLength(600);
  expect(unnamed).toEqual({ open: 0, closed: 300 });
  expect(fitLines(lines(1_002, "open")).unnamed).toEqual({ open: 2, closed: 0 });
});

test("a frame over the limit: no verdict is one, however long its texts and its levels", () => {
  const levels = fitLevels(
    Array.from({ length: 70 }, (_, level) => ({
      id: `level-${level}`.padEnd(64, "x"),
      verdict: "notMet" as const,
      needs: Array.from({ length: 70 }, (_, need) => ({
        signal: `os.${"x".repeat(50)}${need}`,
        met: false,
      })),
    })),
  );
  const told = fitLines(lines(999, "blocked", "ü".repeat(512)));
  const message = { kind: "verdict", version: 1, levels, ...told };
  expect(controllerMessage.safeParse(message).error).toBeUndefined();
  expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(frameBytesMax);
  expect(told.unnamed?.closed).toBe(999 - told.resources.length);
});
