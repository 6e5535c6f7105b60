import { expect, test } from "vitest";
import {
  eventOf,
  ids,
  openWorld,
  policyRecord,
  reportOf,
  say,
  storedState,
} from "../../test/fakes/controller-world.ts";
import { levelsOf } from "./device-standing.ts";

const text = `levels:
  safe: {all: [{firewall.enabled: {is: true}}, {disk.encrypted: {is: true}}, {edr.running: {is: true}}]}
policies: []
`;

test("a level tells what was not confirmed in time from what fails", () => {
  const world = openWorld(storedState({ policy: policyRecord(text) }));
  say(world, 2, reportOf(eventOf(3, "disk.encrypted", false)));
  const needs = () => levelsOf(world.state, ids.device, world.now)[0]?.needs;
  expect(needs()).toEqual([
    { signal: "firewall.enabled", met: true, stale: false },
    { signal: "disk.encrypted", met: false, stale: false },
    { signal: "edr.running", met: false, stale: false },
  ]);
  world.advance(200_000);
  expect(needs()).toContainEqual({ signal: "firewall.enabled", met: false, stale: true });
  // It was never told, so nothing of it is over.
  expect(needs()).toContainEqual({ signal: "edr.running", met: false, stale: false });
});
