import { expect, test } from "vitest";
import {
  deviceRecord,
  eventOf,
  ids,
  only,
  openWorld,
  policyRecord,
  reportOf,
  say,
  startAt,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";
import { makeId } from "#shared/base/id.ts";
import type { PolicyRecord, RollOutRecord } from "../record.ts";
import { ringSights } from "./roll-out.ts";

const hourMs = 3_600_000;
const allow = (when: string) =>
  `policies: [{id: all, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki, vault]}, when: {${when}}}]\n`;
const rings = `rings:
  - {name: canary, groups: [it], soak: PT1H, haltAbovePercent: 0}
  - {name: staff, groups: [staff], soak: PT1H, haltAbovePercent: 0}
`;
/** What the devices of these tests meet, and what they do not. */
const kept = policyRecord(allow("firewall.enabled: {is: true}") + rings);
const stricter = policyRecord(allow("edr.running: {is: true}") + rings);

const begin = (policy: PolicyRecord, more: Partial<RollOutRecord> = {}): RollOutRecord => {
  return {
    change: 1,
    policy,
    status: "rolling",
    ring: 0,
    sinceAt: startAt,
    announcedPercent: [],
    ...more,
  };
};

function start(world: World, record: RollOutRecord | null) {
  return world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "rollOut", record }] });
}

/** What the world's device may reach, by the last look at it. */
function effects(world: World): readonly string[] {
  const decisions = world.state.devices.get(ids.device)?.decisions.values() ?? [];
  return [...decisions].map(({ effect }) => effect);
}

const versionOf = (world: World) =>
  [...(world.state.devices.get(ids.device)?.decisions.values() ?? [])][0]?.policyVersion;

const steps = (world: World, ms: number) =>
  only(world.advance(ms), "write").flatMap(({ writes }) =>
    writes.flatMap((write) =>
      write.kind === "rollOutStep" ? [`${write.status} ${write.ring}`] : [],
    ),
  );

test("a device gets the new set with its ring, and everybody at the end", () => {
  const world = openWorld();
  const former = world.state.policy.version;
  start(world, begin(kept, { sinceAt: world.now }));
  world.advance(1);
  expect(versionOf(world)).toBe(former);
  expect(steps(world, hourMs)).toEqual(["rolling 1"]);
  world.advance(1);
  expect(versionOf(world)).toBe(kept.version);
  expect(world.state.policy.version).toBe(former);
  expect(steps(world, hourMs)).toEqual(["done 1"]);
  expect(world.state.rollOut).toBeNull();
  expect(world.state.policy.version).toBe(kept.version);
});

test("a ring that loses more than was announced halts the roll-out, says so and stays where it is", () => {
  const world = openWorld();
  start(world, begin(stricter, { ring: 1, sinceAt: world.now }));
  world.advance(1);
  expect(effects(world)).toEqual(["deny", "deny"]);
  const halted = world.advance(1_000);
  expect(only(halted, "alarm")).toMatchObject([{ error: { code: "SP-637" } }]);
  expect(world.state.rollOut).toMatchObject({
    status: "halted",
    why: "ring `staff` loses 100.0 of 100 accesses; 0.0 are allowed",
  });
  expect(steps(world, 48 * hourMs)).toEqual([]);
  start(world, null);
  world.advance(1);
  expect(versionOf(world)).toBe(policyRecord().version);
});

test("losses that the plan announced do not halt", () => {
  const world = openWorld();
  start(world, begin(stricter, { ring: 1, sinceAt: world.now, announcedPercent: [0, 100] }));
  world.advance(1);
  world.advance(1_000);
  expect(world.state.rollOut?.status).toBe("rolling");
});

test("the look at a loss comes after the removal, never before it", () => {
  const world = openWorld();
  start(world, begin(stricter, { ring: 1, sinceAt: world.now, announcedPercent: [0, 100] }));
  const effectsNow = say(world, 2, reportOf(eventOf(3, "firewall.enabled", false)));
  expect(only(effectsNow, "grants").some(({ remove }) => remove.length > 0)).toBe(true);
  expect(world.state.watch.inputs.size).toBe(1);
  expect(world.state.rollOut?.seen.size).toBe(0);
  world.advance(1_000);
  expect(world.state.rollOut?.seen.size).toBe(1);
});

test("a restart goes on where the roll-out was, and a halt stays one", () => {
  const stored = storedState({ rollOut: begin(kept, { ring: 1 }) });
  const world = openWorld(stored);
  expect(versionOf(world)).toBe(kept.version);
  expect(steps(world, hourMs)).toEqual(["done 1"]);
  const halted = openWorld(storedState({ rollOut: begin(kept, { ring: 1, status: "halted" }) }));
  expect(steps(halted, 2 * hourMs)).toEqual([]);
});

test("a ring that nobody watched, for the controller was down, is watched from its start on", () => {
  const record = begin(stricter, { ring: 1, sinceAt: startAt - 2 * hourMs });
  const world = openWorld(storedState({ rollOut: record }));
  expect(steps(world, 1_000)).toEqual(["halted 1"]);
});

test("at the end the resources are those of the new set", () => {
  const resource = (name: string, host: string) =>
    `  - {name: ${name}, site: office, tags: [own], targets: [{host: ${host}, proto: tcp, ports: [443]}]}\n`;
  const rule =
    "policies: [{id: all, effect: allow, subjects: {groups: [staff]}, resources: {tags: [own]}}]\n";
  const wiki = resource("wiki", "10.0.0.1");
  const policy = policyRecord(`resources:\n${wiki}${resource("vault", "10.0.0.2")}${rule}`);
  const next = policyRecord(`resources:\n${resource("wiki", "10.0.0.9")}${rule}${rings}`);
  const resources = storedState().resources.map((one) => ({ ...one, source: "git" as const }));
  const world = openWorld(storedState({ resources, policy }));
  expect(effects(world)).toEqual(["allow", "allow"]);
  start(world, begin(next, { ring: 1, sinceAt: world.now, announcedPercent: [0, 50] }));
  world.advance(1);
  expect(effects(world)).toEqual(["allow"]);
  expect(world.state.resources.size).toBe(2);
  world.advance(hourMs);
  expect([...world.state.resources.values()]).toMatchObject([
    { id: ids.wiki, name: "wiki", tags: ["own"], targets: [{ cidr: "10.0.0.9/32" }] },
  ]);
});

test("a device in no ring gets the new set last", () => {
  const other = makeId("dev", 2, new Uint8Array(10).fill(9));
  const record = { ...deviceRecord, groups: ["sales"] };
  const world = openWorld(
    storedState({ devices: [record, { ...deviceRecord, id: other, wgPublicKey: "x" }] }),
  );
  start(world, begin(kept, { sinceAt: world.now, ring: 1 }));
  world.advance(1);
  expect(versionOf(world)).toBe(policyRecord().version);
  world.advance(hourMs);
  world.advance(1);
  expect(versionOf(world)).toBe(kept.version);
});

const second = makeId("dev", 2, new Uint8Array(10).fill(9));

/** Two devices of the ring; only the first one is here, and the new set takes everything from it. */
function ringOfTwo(more: Partial<RollOutRecord>): World {
  const twin = { ...deviceRecord, id: second, name: "twin", wgPublicKey: "x" };
  const world = openWorld(storedState({ devices: [deviceRecord, twin] }));
  start(world, begin(stricter, { ring: 1, sinceAt: world.now, ...more }));
  world.advance(1);
  world.advance(1_000);
  return world;
}

test("whoever is looked at first does not stand for the ring: what was announced is no jump", () => {
  const announced = { announcedPercent: [0, 50], ringOpen: [0, 4] };
  expect(ringOfTwo(announced).state.rollOut?.status).toBe("rolling");
  expect(ringOfTwo({ ...announced, announcedPercent: [0, 49] }).state.rollOut).toMatchObject({
    status: "halted",
    why: "ring `staff` loses 50.0 of 100 accesses; 49.0 are allowed",
  });
});

test("the same holds after a restart in the middle of a ring", () => {
  const announced = { ring: 1, announcedPercent: [0, 50], ringOpen: [0, 4] };
  const world = openWorld(storedState({ rollOut: begin(stricter, announced) }));
  world.advance(1_000);
  expect(world.state.rollOut?.seen.size).toBe(1);
  expect(world.state.rollOut?.status).toBe("rolling");
});

test("who was away while its ring was newest halts the roll-out when it comes back", () => {
  const record = { ...deviceRecord, groups: ["it", "staff"] };
  const back = (announcedPercent: readonly number[]) => {
    const rollOut = begin(stricter, { ring: 1, sinceAt: startAt, announcedPercent });
    const world = openWorld(storedState({ devices: [record], rollOut }));
    world.advance(1_000);
    return world.state.rollOut;
  };
  expect(back([0, 100])).toMatchObject({
    status: "halted",
    why: "ring `canary` loses 100.0 of 100 accesses; 0.0 are allowed",
  });
  expect(back([100, 0])?.status).toBe("rolling");
});

test("a device that leaves the ring takes its losses along, and comes back under the former set", () => {
  const world = ringOfTwo({ announcedPercent: [0, 100] });
  const rollOut = world.state.rollOut ?? expect.fail("no roll-out");
  expect(ringSights(world.state.devices, rollOut)[1]).toMatchObject({ devices: 1, lost: 2 });
  const record = { ...deviceRecord, groups: ["sales"] };
  world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "device", record }] });
  world.advance(1);
  expect(versionOf(world)).toBe(policyRecord().version);
  expect(ringSights(world.state.devices, rollOut)[1]).toMatchObject({ devices: 0, lost: 0 });
  world.takeDurably({
    kind: "recordsChanged",
    changes: [{ kind: "device", record: { ...deviceRecord, groups: ["it"] } }],
  });
  world.advance(1);
  expect(versionOf(world)).toBe(stricter.version);
});

test("a ring without devices passes after its time, also over a restart", () => {
  const empty = { ...deviceRecord, groups: ["nobody"] };
  const world = openWorld(storedState({ devices: [empty] }));
  start(world, begin(kept, { sinceAt: world.now }));
  expect(steps(world, hourMs)).toEqual(["rolling 1"]);
  const again = openWorld(storedState({ devices: [empty], rollOut: begin(kept, { ring: 1 }) }));
  expect(steps(again, hourMs)).toEqual(["done 1"]);
});

test("an abort in the middle of a ring gives the former set back at once, and nothing moves on", () => {
  const world = openWorld();
  start(world, begin(stricter, { ring: 1, sinceAt: world.now }));
  world.advance(1);
  expect(effects(world)).toEqual(["deny", "deny"]);
  start(world, null);
  world.advance(1);
  expect(effects(world)).toEqual(["allow", "allow"]);
  expect(steps(world, 3 * hourMs)).toEqual([]);
});
