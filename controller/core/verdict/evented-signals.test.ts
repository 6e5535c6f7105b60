import { expect, test } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import type { CatalogueEntry } from "#shared/posture/catalogue-entry.ts";
import type { SignalValue } from "#shared/posture/fact.ts";
import {
  applyGrants,
  beatOf,
  connect,
  eventOf,
  ids,
  makeWorld,
  only,
  policyRecord,
  reportOf,
  say,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";

/** What a policy would ask of a signal, and values with and without it. */
function wantedOf(
  entry: CatalogueEntry,
): readonly [test: string, good: SignalValue, bad: SignalValue] {
  switch (entry.type) {
    case "bool":
      return ["is: true", true, false];
    case "int":
      return ["atMost: 5", 5, 6];
    case "set":
      return ['contains: "a"', ["a", "b"], ["b"]];
    case "version":
      return ['atLeast: "12.1"', "12.10", "12.0"];
    case "enum":
    case "string":
      return ['is: "a"', "a", "b"];
  }
}

/** The controller makes these itself of what a device reports. */
const judgedHere = ["os.builds_behind", "os.missing_build_days"];
const evented = catalogue.filter(
  ({ evented: on, signal }) => on.includes("linux") && !judgedHere.includes(signal),
);

function openBy(entry: CatalogueEntry): World {
  const [wanted, good] = wantedOf(entry);
  const policy = policyRecord(`policies:
  - {id: wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {${entry.signal}: {${wanted}}}}
`);
  const world = makeWorld(storedState({ policy }));
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  say(world, 2, reportOf(eventOf(1, entry.signal, good)));
  say(world, 2, beatOf({ [entry.signal]: good }, 1));
  applyGrants(world);
  return world;
}

const effectOf = (world: World) =>
  world.state.devices.get(ids.device)?.decisions.get(ids.wiki)?.effect;

test.each(evented)("a change of $signal alone closes within the step that takes it", (entry) => {
  const world = openBy(entry);
  expect(effectOf(world)).toBe("allow");
  const effects = say(world, 2, reportOf(eventOf(2, entry.signal, wantedOf(entry)[2])));
  expect(effectOf(world)).toBe("deny");
  expect(only(effects, "grants").some(({ remove }) => remove.length > 0)).toBe(true);
});
