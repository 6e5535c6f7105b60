import { expect, test } from "vitest";
import { osIntel } from "#shared/posture/os-intel.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
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
  startAt,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";

const policy = policyRecord(`policies:
  - {id: wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {os.missing_build_days: {atMost: 14}}}
`);

const bundle = (sequence: number, ...builds: (readonly [string, string])[]): OsIntelBundle => ({
  schema: "sallyport.os-intel/1",
  sequence,
  issuedAt: startAt,
  expiresAt: startAt + 14 * 86_400_000,
  support: { ...osIntel, rolling: [] },
  builds: {
    macos: builds.map(([build, releasedOn]) => ({ line: "26", build, releasedOn })),
  },
});

const use = (world: World, record: OsIntelBundle) => [
  ...world.takeDurably({ kind: "recordsChanged", changes: [{ kind: "intel", record }] }),
  ...world.advance(0),
];
const effect = (world: World) =>
  world.state.devices.get(ids.device)?.decisions.get(ids.wiki)?.effect;

function openMac(intel: OsIntelBundle | null, version = "26.1"): World {
  const world = makeWorld(storedState({ policy, intel }));
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  say(world, 2, reportOf(eventOf(1, "os.product", "macos"), eventOf(2, "os.version", version)));
  say(world, 2, beatOf({ "os.product": "macos", "os.version": version }));
  applyGrants(world);
  return world;
}

test("a bundle with a build that the device lacks too long closes by itself, at once", () => {
  const world = openMac(bundle(1, ["26.1", "2026-12-01"]));
  expect(effect(world)).toBe("allow");
  const effects = use(world, bundle(2, ["26.1", "2026-12-01"], ["26.2", "2026-12-31"]));
  expect(effect(world)).toBe("deny");
  expect(only(effects, "grants").some(({ remove }) => remove.length > 0)).toBe(true);
});

test("a build that came out within the grace keeps access", () => {
  const world = openMac(bundle(1, ["26.1", "2026-12-01"], ["26.2", "2027-01-10"]));
  expect(effect(world)).toBe("allow");
});

test("without a bundle nothing is known, and nothing passes", () => {
  expect(effect(openMac(null))).toBe("deny");
});

const enginePolicy = policyRecord(`policies:
  - {id: wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {edr.missing_engine_days: {atMost: 3}}}
`);

test("a newer malware engine that is missing too long closes, whatever the device says of it", () => {
  const world = makeWorld(storedState({ policy: enginePolicy, intel: bundle(1) }));
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  const claim = eventOf(2, "edr.missing_engine_days", 0);
  say(world, 2, reportOf(eventOf(1, "edr.engines", ["xprotect 5356"]), claim));
  expect(effect(world)).toBe("deny");
  const engines = (releasedOn: string) => ({ xprotect: { version: "5357", releasedOn } });
  use(world, { ...bundle(2), engines: engines("2027-01-14") });
  expect(effect(world)).toBe("allow");
  use(world, { ...bundle(3), engines: engines("2027-01-01") });
  expect(effect(world)).toBe("deny");
});

test("attack: a device that reports the controller's own judgement is not believed", () => {
  const world = openMac(null);
  say(world, 2, reportOf(eventOf(3, "os.missing_build_days", 0)));
  expect(effect(world)).toBe("deny");
});
