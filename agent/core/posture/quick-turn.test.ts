import { expect, test } from "vitest";
import { takeVerdict } from "./quick-turn.ts";

const level = (...needs: readonly (readonly [string, boolean])[]) => ({
  needs: needs.map(([signal, met]) => ({ signal, met })),
});
const none = new Map<string, number>();

test("a signal that turns good within ten seconds of its denial is named, once", () => {
  const denied = takeVerdict(none, [level(["firewall.enabled", false])], 1_000);
  expect(denied.turned).toEqual([]);
  const again = takeVerdict(denied.denials, [level(["firewall.enabled", false])], 9_000);
  const good = takeVerdict(again.denials, [level(["firewall.enabled", true])], 11_000);
  expect(good.turned).toEqual(["firewall.enabled"]);
  expect(takeVerdict(good.denials, [level(["firewall.enabled", true])], 11_500).turned).toEqual([]);
});

test.each([
  ["later", [level(["firewall.enabled", true])], 11_001],
  [
    "while another level still denies it",
    [level(["firewall.enabled", true]), level(["firewall.enabled", false])],
    2_000,
  ],
  ["when no level looks at it any more", [level(["edr.running", true])], 2_000],
])("it is not named %s", (_, levels, at) => {
  const { denials } = takeVerdict(none, [level(["firewall.enabled", false])], 1_000);
  expect(takeVerdict(denials, levels, at).turned).toEqual([]);
});

test("what was good from the start turns nothing", () => {
  expect(takeVerdict(none, [level(["edr.running", true]), {}], 5).turned).toEqual([]);
});
