import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { unknownReasons } from "./fact.ts";
import { causeText, titleOf, unmetSignalText, wantedText } from "./signal-text.ts";

test("a signal of two values is said as a part of a sentence, any other with what it needs", () => {
  expect(unmetSignalText("firewall.enabled", "false", "is true")).toBe(
    "the firewall is off or lets strangers in",
  );
  expect(unmetSignalText("os.security_updates", "7", "atMost 0")).toBe(
    "Pending security updates: 7 updates, needs at most 0",
  );
  expect(unmetSignalText("acme.own", "red", "not in red, blue")).toBe(
    "acme.own: red, needs not one of red, blue",
  );
});

test("every bool of the catalogue has both its sentences, and nothing else has any", () => {
  const wrong = catalogue.filter(({ type, said }) => (type === "bool") !== (said !== undefined));
  expect(wrong.map(({ signal }) => signal)).toEqual([]);
});

test.each([
  ["is 12", "12"],
  ["atLeast 12", "at least 12"],
  ["above 3", "more than 3"],
  ["below 3", "less than 3"],
  ["in a, b", "one of a, b"],
  ["contains x", "with x"],
  ["not is true", "not true"],
  ["mon tue 08:00-18:00", "mon tue 08:00-18:00"],
])("the condition %o is wanted as %o", (wanted, words) => {
  expect(wantedText(wanted)).toBe(words);
});

test("every reason for not knowing has words, and what nobody knows stays as it is", () => {
  expect(unknownReasons.filter((reason) => causeText(reason) === reason)).toEqual([]);
  expect(causeText("toString")).toBe("toString");
  expect(titleOf("disk.encrypted")).toBe("Disk encryption");
  expect(titleOf("acme.own")).toBe("acme.own");
});
