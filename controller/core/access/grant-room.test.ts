import { expect, test } from "vitest";
import {
  connect,
  eventOf,
  ids,
  makeWorld,
  only,
  policyRecord,
  reportOf,
  resourceRecord,
  say,
  startAt,
  storedState,
} from "../../../test/fakes/controller-world.ts";
import { opened } from "../../../test/fakes/controller-effects.ts";
import { makeId } from "#shared/base/id.ts";
import { explainDevice } from "../explain-device.ts";

const count = 514;
const names = Array.from({ length: count }, (_, number) => `r${String(number).padStart(3, "0")}`);

/** One rule names 256 resources at most. */
function policyOver(some: readonly string[]) {
  const rules = [0, 256, 512].map((from) => {
    const named = some.slice(from, from + 256).join(", ");
    return `  - {id: p${from}, effect: allow, subjects: {groups: [staff]}, resources: {names: [${named}]}, when: {firewall.enabled: {is: true}}}\n`;
  });
  return policyRecord(`policies:\n${rules.join("")}`);
}

/** All of them may be reached by whoever has a firewall. */
function crowdedWorld() {
  const resources = names.map((name, number) => {
    const id = makeId("res", number, new Uint8Array(10));
    return resourceRecord(id, name, `10.1.${number >> 8}.${number & 255}/32`);
  });
  const world = makeWorld(storedState({ resources, policy: policyOver(names) }));
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  const report = (seq: number, firewall: boolean) =>
    say(world, 2, reportOf(eventOf(seq, "firewall.enabled", firewall)));
  return { world, report, ids: resources.map(({ id }) => id) };
}

const room = { site: "office", count, max: 512 };

test("what a grant has no room for is closed with its reason, and an alarm tells it once", () => {
  const { world, report, ids: all } = crowdedWorld();
  const effects = report(1, true);
  expect(opened(effects)).toEqual([all.slice(0, 512)]);
  const alarms = [{ subject: ids.device, error: { code: "SP-509", params: room } }];
  expect(only(effects, "alarm")).toMatchObject(alarms);
  const verdict = only(effects, "send")
    .map(({ message }) => message)
    .findLast((message) => message.kind === "verdict");
  const reasons = [{ code: "grant_full", params: room }];
  expect(verdict?.resources.filter(({ state }) => state === "blocked")).toMatchObject([
    { name: "r512", reasons, reference: expect.any(String) },
    { name: "r513", reasons },
  ]);
  const asked = { device: ids.device, resource: "r513" };
  const explained = explainDevice(world.state, asked, startAt);
  expect(explained).toMatchObject([{ explanation: { effect: "allow", reasons } }]);
  // A closed one that has room again would need a grant, and the same grant is not made twice.
  expect(opened(report(2, true))).toEqual([]);
  expect(only(report(3, true), "alarm")).toEqual([]);
});

test("a firewall that is switched off and on again tells the same too many no second time", () => {
  const { world, report, ids: all } = crowdedWorld();
  expect(only(report(1, true), "alarm")).toHaveLength(1);
  report(2, false);
  const again = [...report(3, true), ...world.advance(5_000)];
  expect(opened(again).at(-1)).toEqual(all.slice(0, 512));
  expect(only(again, "alarm")).toEqual([]);
});

test("what is left out opens when something older closes", () => {
  const { world, report, ids: all } = crowdedWorld();
  report(1, true);
  const changes = [{ kind: "policy", record: policyOver(names.slice(1)) }] as const;
  world.takeDurably({ kind: "recordsChanged", changes });
  expect(opened(world.advance(5_000)).at(-1)).toEqual(all.slice(1, 513));
});
