import { expect, test } from "vitest";
import { judgeModules } from "./modules.ts";

test("modules are listed with the kernel's letters; unknown letters are not guessed", () => {
  const modules = [
    { name: "wireguard", letters: "\n" },
    { name: "nvidia", letters: "POE\n" },
    { name: "dummy", letters: "E\n" },
  ];
  expect(judgeModules(modules)).toEqual({ kind: "known", value: ["dummy E", "nvidia POE"] });
  expect(judgeModules([{ name: "x", letters: "(unsigned)" }])).toEqual({
    kind: "unknown",
    reason: "parse",
  });
});
