import { setTrial } from "./trial-name.ts";
import { expect, test } from "vitest";
import { makeId } from "#shared/base/id.ts";
import { policyInput } from "../access/policy-input.ts";
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
  say,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";
import type { WatchRows } from "../row.ts";

const policy = (id: string, when: string, more = "") =>
  `  - {id: ${id}, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki, vault]}, when: {${when}}${more}}\n`;
const firewall = policy("firewall", "firewall.enabled: {is: true}");
const setOf = (...policies: string[]) => policyRecord(`policies:\n${policies.join("")}`);

/** Rows that the next writes hold. */
function kept(world: World): WatchRows | undefined {
  const writes = only(world.advance(61_000), "write").flatMap((one) => one.writes);
  return writes.flatMap((write) => (write.kind === "watch" ? [write.rows] : [])).at(-1);
}

test("the use of policies is counted, and what decides alone is told from what only agrees", () => {
  const twin = policy("twin", "firewall.enabled: {is: true}");
  const alone = policy("alone", "disk.encrypted: {is: true}").replace("wiki, vault", "vault");
  const world = openWorld(storedState({ policy: setOf(firewall, twin, alone) }));
  world.advance(1_000);
  const rows = kept(world);
  const use = (id: string) => rows?.uses.find(({ policy: name }) => name === id);
  expect(use("firewall")).toMatchObject({ decisive: 0, decisiveAt: null });
  expect(use("firewall")?.matched).toBeGreaterThan(0);
  expect(use("twin")?.decisive).toBe(0);
  const later = setOf(firewall, alone);
  world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "policy", record: later }] });
  world.advance(1);
  world.advance(1_000);
  expect(world.state.watch.uses.get("firewall")?.decisive).toBeGreaterThan(0);
});

test("a set in shadow is compared with the answers as they were given; nothing of it is enforced", () => {
  const world = openWorld(storedState({ policy: setOf(firewall) }));
  const record = { policy: setOf(policy("firewall", "edr.running: {is: true}")), startedAt: 5 };
  const changed = world.takeDurably({
    kind: "recordsChanged",
    changes: [{ kind: "shadow", record }],
  });
  expect(changed.filter(({ kind }) => kind !== "tally")).toEqual([]);
  say(world, 2, reportOf(eventOf(3, "disk.encrypted", false)));
  const decisions = [...(world.state.devices.get(ids.device)?.decisions.values() ?? [])];
  expect(decisions.map(({ effect }) => effect)).toEqual(["allow", "allow"]);
  world.advance(1_000);
  const trial = world.state.watch.trials.get(setTrial(record.policy.version));
  expect(trial).toMatchObject({ startedAt: 5, decisions: 2 });
  expect([...(trial?.differences.values() ?? [])]).toMatchObject([
    { resource: "vault", before: "open", after: "closed", count: 1, because: { after: [] } },
    { resource: "wiki", before: "open", after: "closed", devices: [{ device: ids.device }] },
  ]);
  const rows = kept(world);
  expect(rows?.differences).toHaveLength(2);
  expect(kept(world)?.differences ?? []).toEqual([]);
});

test("what was found about a set goes when another one is watched", () => {
  const world = openWorld(storedState({ policy: setOf(firewall) }));
  const watch = (policy: string) => {
    const record = { policy: setOf(policy), startedAt: world.now };
    world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "shadow", record }] });
    world.advance(1);
    world.advance(1_000);
    return setTrial(record.policy.version);
  };
  watch(policy("firewall", "edr.running: {is: true}"));
  const second = watch(policy("firewall", "disk.encrypted: {is: true}"));
  expect([...world.state.watch.trials.keys()]).toEqual([second]);
});

test("a policy in shadow mode has a trial of its own, and a new one when it changes", () => {
  const shadow = (when: string) => policy("later", when, ", mode: shadow").replace("allow", "deny");
  const world = openWorld(
    storedState({ policy: setOf(firewall, shadow("disk.encrypted: {is: true}")) }),
  );
  world.advance(1_000);
  const trials = () => [...world.state.watch.trials.keys()];
  expect(trials()).toHaveLength(1);
  expect(trials()[0]).toMatch(/^policy:later:[0-9a-f]{16}$/);
  const [trial] = world.state.watch.trials.values();
  expect(trial?.decisions).toBeGreaterThan(0);
  expect([...(trial?.differences.values() ?? [])]).toMatchObject([
    { resource: "vault", after: "closed", because: { before: ["firewall"], after: ["later"] } },
    { resource: "wiki" },
  ]);
  const record = setOf(firewall, shadow("disk.encrypted: {is: false}"));
  world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "policy", record }] });
  say(world, 2, reportOf(eventOf(3, "disk.encrypted", false)));
  world.advance(1_000);
  expect(trials()).toHaveLength(2);
});

/** A rule that looks at what the rules in force do not, as a set in shadow and as a policy in shadow. */
function inShadow(when: string): World[] {
  const bySet = openWorld(storedState({ policy: setOf(firewall) }));
  const record = { policy: setOf(policy("firewall", `not: {${when}}`)), startedAt: bySet.now };
  bySet.takeDurably({ kind: "recordsChanged", changes: [{ kind: "shadow", record }] });
  bySet.advance(1);
  const deny = policy("later", when, ", mode: shadow").replace("allow", "deny");
  const worlds = [bySet, openWorld(storedState({ policy: setOf(firewall, deny) }))];
  for (const world of worlds) world.advance(1_000);
  return worlds;
}

const seen = (world: World) => [...world.state.watch.trials.values()][0]?.differences.size ?? 0;

test("a shadow is shown a reading that nothing in force looks at, though all stays open", () => {
  const worlds = inShadow("disk.encrypted: {is: false}");
  for (const world of worlds) say(world, 2, reportOf(eventOf(3, "disk.encrypted", false)));
  for (const world of worlds) world.advance(1_000);
  expect(worlds.map(seen)).toEqual([2, 2]);
});

test("a shadow is asked at its own edges, of which the rules in force know nothing", () => {
  // The worlds begin at 08:00 UTC.
  const worlds = inShadow('time.local: {from: "08:01", to: "08:02", zone: UTC}');
  expect(worlds.map(seen)).toEqual([0, 0]);
  for (const world of worlds) {
    for (let second = 0; second < 180; second += 10) {
      world.advance(10_000);
      say(world, 2, beatOf(goodFacts));
    }
  }
  expect(worlds.map(seen)).toEqual([2, 2]);
});

test("a crowd is looked at in slices, so that nothing urgent waits for it", () => {
  const devices = Array.from({ length: 300 }, (_, index) => {
    const random = new Uint8Array(10);
    new DataView(random.buffer).setUint32(6, index + 1);
    const id = makeId("dev", 1, random);
    return { ...deviceRecord, id, name: `d${index}`, wgPublicKey: `key ${index}` };
  });
  const world = openWorld(
    storedState({ policy: setOf(firewall), devices: [deviceRecord, ...devices] }),
  );
  const input = policyInput(world.state, world.state.devices.get(ids.device)!, world.now);
  for (const { id } of devices) world.state.watch.inputs.set(id, input);
  world.advance(1_000);
  expect(world.state.watch.inputs.size).toBeGreaterThan(0);
  world.advance(20);
  expect(world.state.watch.inputs.size).toBe(0);
});

test("what was watched goes on after a restart", () => {
  const first = openWorld(storedState({ policy: setOf(firewall) }));
  first.advance(1_000);
  const watch = kept(first);
  const second = openWorld(storedState({ policy: setOf(firewall), watch }));
  second.advance(1_000);
  const before = watch?.uses[0]?.matched ?? 0;
  expect(second.state.watch.uses.get("firewall")?.matched).toBeGreaterThan(before);
  expect(second.state.watch.uses.get("firewall")?.sinceAt).toBe(watch?.uses[0]?.sinceAt);
});
