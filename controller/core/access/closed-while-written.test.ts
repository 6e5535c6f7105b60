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

test("an access that is closed while its grant is on its way to the disk is never sent", () => {
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
  const opening = only(told(1, true), "write").find(({ writes }) =>
    writes.some(({ kind }) => kind === "grant"),
  );
  told(2, false);
  const token = opening?.token ?? -1;
  expect(opened(world.take({ kind: "written", token, conflicts: [] }))).toEqual([]);
  expect(permitOf(world)?.live ?? null).toBeNull();
});
