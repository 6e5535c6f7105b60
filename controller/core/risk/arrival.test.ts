import { expect, test } from "vitest";
import {
  beatOf,
  eventOf,
  goodFacts,
  hello,
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
import { emptyBaseline, type Place, withHour } from "./baseline.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;
const berlin: Place = {
  country: "DE",
  network: 64_500,
  point: { latitude: 52.52, longitude: 13.4, accuracyKm: 20 },
  egress: false,
};
const rio: Place = {
  country: "BR",
  network: 64_501,
  point: { latitude: -22.9, longitude: -43.2, accuracyKm: 50 },
  egress: false,
};
const rules = `policies:
  - {id: wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {firewall.enabled: {is: true}, net.country: {in: [DE, BR]}}}
  - {id: odd, effect: deny, subjects: {groups: ["*"]}, resources: {names: [wiki]}, when: {risk.session: {atLeast: 60}}}
`;

/** A device that is known well enough to be believed: used in each hour of the last three weeks. */
function knownWorld(): World {
  let baseline = emptyBaseline;
  for (let hour = 1; hour <= 504; hour++) baseline = withHour(baseline, startAt - hour * hourMs);
  const baselines = [{ device: ids.device, baseline }];
  return openWorld(storedState({ policy: policyRecord(rules), baselines }));
}

function come(world: World, link: number, place: Place | null, remoteAddress = "192.0.2.7") {
  const certificateEndsAt = world.now + 86_400_000;
  const identity = { role: "device", id: ids.device, certificateEndsAt, remoteAddress } as const;
  const effects = [
    ...world.takeDurably({ kind: "linkOpened", link, identity, place }),
    ...say(world, link, hello(ids.device)),
    ...say(world, link, beatOf(goodFacts)),
  ];
  return only(effects, "write").flatMap(({ writes }) =>
    writes.flatMap((write) => (write.kind === "riskSighting" ? [write.sighting] : [])),
  );
}

function wikiIs(world: World): string | undefined {
  return world.state.devices.get(ids.device)?.decisions.get(ids.wiki)?.effect;
}

test("impossible travel closes what a rule says, and tells an administrator how far and how fast", () => {
  const world = knownWorld();
  expect(come(world, 3, berlin)).toEqual([]);
  expect(wikiIs(world)).toBe("allow");
  world.advance(30 * minuteMs);
  say(world, 3, beatOf(goodFacts));
  world.advance(10 * minuteMs);
  expect(come(world, 4, rio)).toMatchObject([
    { kind: "travel.impossible", detail: expect.stringMatching(/^9\d{3} km in 10 min$/) },
    { kind: "place.new_country", detail: "BR", confidence: 1 },
    { kind: "place.new_network", detail: "AS64501", confidence: 1 },
  ]);
  expect(wikiIs(world)).toBe("deny");
  const explained = JSON.stringify(only(say(world, 4, hello(ids.device)), "send"));
  expect(explained).not.toMatch(/travel|9\d{3} km|AS64501/);
});

test("a flight takes its time, and a database that is off by its radius accuses nobody", () => {
  const world = knownWorld();
  come(world, 3, berlin);
  world.advance(12 * hourMs);
  expect(come(world, 4, rio).map(({ kind }) => kind)).not.toContain("travel.impossible");
  const vague = { ...berlin, point: { latitude: -22.9, longitude: -43.2, accuracyKm: 10_000 } };
  expect(come(world, 5, vague).map(({ kind }) => kind)).not.toContain("travel.impossible");
});

test("the operator's own way out is no place: nobody travels there, nothing is learned of it", () => {
  const world = knownWorld();
  come(world, 3, berlin);
  expect(come(world, 4, { ...rio, egress: true })).toEqual([]);
  expect(world.state.devices.get(ids.device)?.risk.baseline.countries).toEqual(["DE"]);
});

test("an address that no database knows is no country: an allow that asks for one does not match", () => {
  const world = knownWorld();
  expect(come(world, 3, null)).toEqual([]);
  expect(wikiIs(world)).toBe("deny");
});

test("the first place of a device is news to nobody, and of a young device is little known", () => {
  const world = openWorld(storedState({ policy: policyRecord(rules) }));
  expect(come(world, 3, berlin)).toEqual([]);
  const [country] = come(world, 4, { ...rio, point: undefined });
  expect(country).toMatchObject({ kind: "place.new_country", confidence: 0.02 });
});

test("who comes again from the same place within the hour makes nothing to write", () => {
  const world = knownWorld();
  const written = (link: number) => {
    const certificateEndsAt = world.now + 86_400_000;
    const identity = {
      role: "device",
      id: ids.device,
      certificateEndsAt,
      remoteAddress: "192.0.2.7",
    } as const;
    const effects = world.takeDurably({ kind: "linkOpened", link, identity, place: berlin });
    return only(effects, "write").flatMap(({ writes }) => writes.map(({ kind }) => kind));
  };
  expect([written(3), written(4)]).toEqual([["riskBaseline"], []]);
  expect(world.state.devices.get(ids.device)?.risk.baseline.point?.at).toBe(world.now);
});

test("a reported alert is felt at once, once, and by nobody else; refused proofs add up", () => {
  const world = knownWorld();
  come(world, 3, berlin);
  const report = { kind: "riskReported", sighting: "edr.alert", detail: "case 7" } as const;
  world.takeDurably({ ...report, devices: [ids.device, "dev_unknown"] });
  world.takeDurably({ ...report, devices: [ids.device] });
  const { risk } = world.state.devices.get(ids.device)!;
  expect(risk.sightings).toMatchObject([{ kind: "edr.alert", detail: "case 7" }]);
  expect(wikiIs(world)).toBe("allow");
  for (let count = 0; count < 5; count++) {
    world.takeDurably({ kind: "proofRefused", identity: ids.device });
  }
  expect(risk.sightings.map(({ kind }) => kind)).toEqual(["edr.alert", "auth.failures"]);
  expect(wikiIs(world)).toBe("deny");
});

test("a score that falls below a rule's threshold is felt on time, without a poll", () => {
  const world = knownWorld();
  come(world, 3, berlin);
  for (const sighting of ["edr.alert", "auth.failures"] as const) {
    world.takeDurably({ kind: "riskReported", devices: [ids.device], sighting, detail: "x" });
  }
  expect(wikiIs(world)).toBe("deny");
  const dueAt = world.state.deadlines.at.get(`device:${ids.device}`) ?? 0;
  expect(dueAt).toBeLessThanOrEqual(world.now + 2 * hourMs);
  for (let minute = 0; minute < 120 && wikiIs(world) === "deny"; minute++) {
    world.advance(minuteMs);
    say(world, 3, beatOf(goodFacts));
  }
  expect(wikiIs(world)).toBe("allow");
});

test("neither the end of a time window nor a set that asks for more accuses a device of a bad reading", () => {
  const allow = (id: string, when: string) =>
    `  - {id: ${id}, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {${when}}}\n`;
  // The world begins at 08:00 UTC; the other rule never held.
  const day = allow("day", 'time.local: {from: "07:00", to: "08:01", zone: UTC}');
  const edr = allow("edr", "edr.running: {is: true}");
  const either = allow(
    "either",
    'any: [{edr.running: {is: true}}, {time.local: {from: "07:00", to: "08:01", zone: UTC}}]',
  );
  const losing = (rules: string, lose: (world: World) => void) => {
    const world = openWorld(storedState({ policy: policyRecord(`policies:\n${rules}`) }));
    say(world, 2, reportOf(eventOf(3, "edr.running", false)));
    expect(wikiIs(world)).toBe("allow");
    lose(world);
    expect(wikiIs(world)).toBe("deny");
    return world.state.devices.get(ids.device)?.risk.sightings;
  };
  const record = policyRecord(`policies:\n${edr}`);
  for (const rules of [day + edr, either]) {
    expect(losing(rules, (world) => world.advance(minuteMs))).toEqual([]);
  }
  expect(
    losing(day, (world) => {
      world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "policy", record }] });
      world.advance(1);
    }),
  ).toEqual([]);
});

test("a report that closes what was open by it is a sighting", () => {
  const world = openWorld();
  say(world, 2, reportOf(eventOf(3, "firewall.enabled", false)));
  expect(world.state.devices.get(ids.device)?.risk.sightings).toMatchObject([
    { kind: "posture.regression", detail: "firewall.enabled" },
  ]);
});
