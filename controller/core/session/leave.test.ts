import { expect, test } from "vitest";
import {
  applyGrants,
  connect,
  eventOf,
  ids,
  makeWorld,
  only,
  reportOf,
} from "../../../test/fakes/controller-world.ts";
import { removed } from "../../../test/fakes/controller-effects.ts";

function openWorld() {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  const report = reportOf(eventOf(1, "firewall.enabled", true), eventOf(2, "disk.encrypted", true));
  const decided = world.take({ kind: "received", link: 2, message: report, signed: true });
  for (const { token } of only(decided, "write")) {
    if (token !== null) world.take({ kind: "written", token, conflicts: [] });
  }
  applyGrants(world);
  return world;
}

const bye = (reason: string) =>
  ({ kind: "received", link: 2, message: { kind: "bye", reason }, signed: false }) as const;

test("who leaves for good is a member no longer, and what it held is closed", () => {
  const world = openWorld();
  const effects = world.take(bye("unenrolled"));
  const writes = only(effects, "write").flatMap((one) => one.writes);
  expect(writes).toContainEqual(
    expect.objectContaining({ kind: "identityLeft", role: "device", identity: ids.device }),
  );
  expect(removed(effects)).not.toEqual([]);
  expect(only(effects, "close")).toMatchObject([{ link: 2, code: 4403 }]);
  expect(world.state.devices.get(ids.device)?.record.status).toBe("revoked");
});

test("who only stops stays a member", () => {
  const world = openWorld();
  expect(world.take(bye("stopping"))).toEqual([]);
  expect(world.state.devices.get(ids.device)?.record.status).toBe("active");
});
