import { expect, test } from "vitest";
import { makeId } from "#shared/base/id.ts";
import {
  deviceRecord,
  ids,
  makeWorld,
  policyRecord,
  storedState,
} from "../../../test/fakes/controller-world.ts";
import { nextDeadline } from "../controller.ts";

const hours = `policies:
  - id: wiki-by-day
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [wiki]}
    when: {time.local: {days: [mon, tue, wed, thu, fri, sat, sun], from: "07:00", to: "20:00", zone: Europe/Berlin}}
`;

function idOf(index: number): string {
  const bytes = new Uint8Array(10);
  new DataView(bytes.buffer).setUint32(6, index);
  return makeId("dev", 1, bytes);
}

test.each([
  ["the night that is an hour short", 100, "2027-03-27T22:00:00Z", "2027-03-28T05:00:00Z"],
  ["the night that is an hour long", 10_000, "2027-10-30T22:00:00Z", "2027-10-31T06:00:00Z"],
])(
  "on the very edge of %s all of %i devices are looked at, and not before",
  (_night, count, from, edge) => {
    const devices = Array.from({ length: count }, (_, index) => ({
      ...deviceRecord,
      id: idOf(index),
    }));
    const world = makeWorld(storedState({ devices, policy: policyRecord(hours) }));
    world.now = Date.parse(from);
    for (const record of devices) {
      world.take({ kind: "recordsChanged", changes: [{ kind: "device", record }] });
    }
    const effects = () =>
      new Set(
        [...world.state.devices.values()].map(({ decisions }) => decisions.get(ids.wiki)?.effect),
      );
    expect(effects()).toEqual(new Set(["deny"]));
    const edgeAt = Date.parse(edge);
    // Before it come the change of the clocks, which opens nothing, and what is learned of policies.
    let looks = 0;
    for (let due = nextDeadline(world.state); due !== null && due.at < edgeAt; looks++) {
      world.now = Math.max(world.now, due.at);
      world.take({ kind: "tick" });
      due = nextDeadline(world.state);
    }
    expect(looks).toBeLessThan(count);
    expect(nextDeadline(world.state)?.at).toBe(edgeAt);
    world.now = edgeAt - 1;
    expect(world.take({ kind: "tick" })).toEqual([]);
    expect(effects()).toEqual(new Set(["deny"]));

    world.now = edgeAt;
    let ticks = 0;
    for (; (nextDeadline(world.state)?.at ?? Infinity) <= edgeAt; ticks++) {
      world.take({ kind: "tick" });
    }
    expect(effects()).toEqual(new Set(["allow"]));
    // A slice of the due ones at a time, so that nothing else waits for all of them.
    expect(ticks).toBeGreaterThanOrEqual(Math.floor(count / 64));
  },
);

test("one fact that ends wakes its own device alone", () => {
  const devices = [0, 1, 2].map((index) => ({ ...deviceRecord, id: idOf(index) }));
  const held = (at: number) => ({
    fact: {
      signal: "firewall.enabled",
      reading: { kind: "known", value: true } as const,
      observedAt: 0,
      freshForMs: 180_000,
      source: "os" as const,
      collector: "test",
      collectorVersion: 1,
      evidence: { sha256: "0".repeat(64), bytes: 0, tookMs: 0 },
    },
    untilAt: at,
    epoch: "e".repeat(32),
    seq: 1,
  });
  const world = makeWorld(storedState({ devices }));
  for (const [index, record] of devices.entries()) {
    const device = world.state.devices.get(record.id);
    device?.posture.facts.set("firewall.enabled", held(world.now + (index + 1) * 1_000));
    world.take({ kind: "recordsChanged", changes: [{ kind: "device", record }] });
  }
  const open = () =>
    devices.map(({ id }) => world.state.devices.get(id)?.decisions.get(ids.wiki)?.effect);
  expect(open()).toEqual(["allow", "allow", "allow"]);
  for (const expected of [
    ["deny", "allow", "allow"],
    ["deny", "deny", "allow"],
  ]) {
    world.now = nextDeadline(world.state)?.at ?? 0;
    world.take({ kind: "tick" });
    expect(open()).toEqual(expected);
  }
});
