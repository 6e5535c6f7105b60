import { expect, test } from "vitest";
import {
  beatOf,
  deviceRecord,
  eventOf,
  goodFacts,
  ids,
  only,
  openWorld,
  policyRecord,
  reportOf,
  resourceRecord,
  say,
  storedState,
} from "../../../test/fakes/controller-world.ts";

const foreign = resourceRecord("res_00000000000000000000000009", "payroll", "10.0.0.9/32");

test.each(["quarantined", "revoked"] as const)(
  "a device that is %s is told of no resource that it was not told of before",
  (status) => {
    const stored = storedState();
    const world = openWorld({ ...stored, resources: [...stored.resources, foreign] });
    const changes = [{ kind: "device", record: { ...deviceRecord, status } }] as const;
    const effects = world.takeDurably({ kind: "recordsChanged", changes });
    const verdict = only(effects, "send")
      .map(({ message }) => message)
      .find((message) => message.kind === "verdict");
    const because = { code: status };
    expect(verdict?.resources).toMatchObject([
      { name: "vault", state: "blocked", reasons: [because] },
      { name: "wiki", state: "blocked", reasons: [because] },
    ]);
  },
);

test("a level is told anew when it changes, though no rule of the device looks at it", () => {
  // The world begins at 08:00 UTC.
  const text = `levels:
  day: {time.local: {from: "07:00", to: "08:01", zone: UTC}}
  disk: {disk.encrypted: {is: true}}
policies:
  - {id: all, effect: allow, subjects: {groups: [staff]}, resources: {tags: ["*"]}, when: {firewall.enabled: {is: true}}}
`;
  const world = openWorld(storedState({ policy: policyRecord(text) }));
  const told = () => {
    const sent = world.state.devices.get(ids.device)?.sentVerdict ?? "";
    const { levels } = JSON.parse(sent) as { levels: readonly { verdict: string }[] };
    return levels.map(({ verdict }) => verdict);
  };
  expect(told()).toEqual(["met", "met"]);
  world.advance(50_000);
  say(world, 2, beatOf(goodFacts));
  world.advance(10_000);
  expect(told()).toEqual(["notMet", "met"]);
  say(world, 2, reportOf(eventOf(3, "disk.encrypted", false)));
  expect(told()).toEqual(["notMet", "notMet"]);
});
