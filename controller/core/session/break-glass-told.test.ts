// An opening by break-glass is told at each connection of its gateway for a day; people hear of it once.
import { expect, test } from "vitest";
import {
  connect,
  ids,
  makeWorld,
  only,
  openWorld,
  say,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";

const opening = {
  jti: "bg-1",
  device: "spiffe://example.test/device/dev_1",
  resources: ["wiki"],
  holders: ["ann", "bob"],
  reason: "controller lost",
  openedAtSeconds: 1_800_000_000,
  untilSeconds: 1_800_001_800,
};

function tell(world: World, link: number, jti = opening.jti) {
  const effects = say(world, link, { kind: "breakGlassOpened", opening: { ...opening, jti } });
  const writes = only(effects, "write").flatMap((write) => write.writes);
  return {
    alarms: only(effects, "alarm").map(({ error }) => error.code),
    kept: writes.filter(({ kind }) => kind === "breakGlassOpened").length,
  };
}

test("it is kept and alarmed once, over connections and restarts", () => {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  expect(tell(world, 1)).toEqual({ alarms: ["SP-507"], kept: 1 });
  expect(tell(world, 1)).toEqual({ alarms: [], kept: 0 });
  connect(world, 2, ids.gateway);
  expect(tell(world, 2)).toEqual({ alarms: [], kept: 0 });
  expect(tell(world, 2, "bg-2")).toEqual({ alarms: ["SP-507"], kept: 1 });
  const again = openWorld(storedState({ openings: [{ gateway: ids.gateway, jti: "bg-1" }] }));
  connect(again, 3, ids.gateway);
  expect(tell(again, 3)).toEqual({ alarms: [], kept: 0 });
  expect(tell(again, 3, "bg-3")).toEqual({ alarms: ["SP-507"], kept: 1 });
});

test("a device tells of none", () => {
  const world = openWorld();
  expect(tell(world, 2)).toEqual({ alarms: [], kept: 0 });
});
