import { expect, test } from "vitest";
import {
  connect,
  eventOf,
  ids,
  makeWorld,
  only,
  reportOf,
} from "../../../test/fakes/controller-world.ts";
import { opened, permitOf } from "../../../test/fakes/controller-effects.ts";
import { latestAccessAt } from "./grant-claims.ts";

/** A world in which a grant is on its way to the disk; `durable` says that it arrived there. */
function opening() {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  const told = (seq: number, firewall: boolean) =>
    world.take({
      kind: "received",
      link: 2,
      message: reportOf(eventOf(seq, "firewall.enabled", firewall)),
      signed: true,
    });
  const write = only(told(1, true), "write").find(({ writes }) =>
    writes.some(({ kind }) => kind === "grant"),
  );
  const token = write?.token ?? -1;
  return { world, told, durable: () => world.take({ kind: "written", token, conflicts: [] }) };
}

test("an access that is closed while its grant is on its way to the disk is never sent", () => {
  const { world, told, durable } = opening();
  told(2, false);
  expect(opened(durable())).toEqual([]);
  expect(permitOf(world)?.live ?? null).toBeNull();
});

test("a gateway that has no snapshot yet is sent no grant beside it", () => {
  const { world, durable } = opening();
  const link = world.state.gateways.get(ids.gateway)?.link;
  if (link === null || link === undefined) throw new Error("no link");
  link.synced = false;
  expect(opened(durable())).toEqual([]);
  expect(permitOf(world)?.live).not.toBeNull();
});

test("no access outlives the certificate of its device", () => {
  const { world } = opening();
  const device = world.state.devices.get(ids.device);
  if (device === undefined) throw new Error("no device");
  device.certificateEndsAt = world.now + 60_000;
  expect(latestAccessAt(device, world.now)).toBe(world.now + 60_000);
});
