import { expect, test } from "vitest";
import { actorSaid } from "./actor.ts";

test.each([
  ["admin:root token:root", "root"],
  ["admin:root token:root console", "root (console)"],
  ["admin:ana token:ci", "ana (token ci)"],
  ["admin:ana token:ci console", "ana (token ci, console)"],
  ["admin:ana console", "ana (console)"],
  ["ek_01m82d4y17m0yw2y792xt6hq2d", "by an enrolment key"],
  ["controller", "controller"],
])("%s is said as %s", (actor, said) => {
  expect(actorSaid(actor)).toBe(said);
});
