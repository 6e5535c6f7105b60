import { expect, test } from "vitest";
import { factsOf } from "./what-if.ts";

test("facts are typed as they are written", () => {
  expect(factsOf(" firewall.enabled=true, os.version=12 os.product=debian ")).toEqual({
    kind: "facts",
    facts: { "firewall.enabled": true, "os.version": 12, "os.product": "debian" },
  });
  expect(factsOf("")).toEqual({ kind: "facts", facts: {} });
});

test.each(["firewall", "firewall.enabled", "firewall.enabled=", "=true", "Firewall.On=true"])(
  "`%s` is no fact",
  (word) => {
    expect(factsOf(`os.version=12 ${word}`)).toEqual({ kind: "wrong", word });
  },
);
