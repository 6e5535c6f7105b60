/** What must hold in plain words, each broken once on purpose by the world around it. */
import { expect, test } from "vitest";
import { isSound, openGateways } from "./reach.ts";
import { startWorld } from "./world.ts";

test("sound devices reach the resource through every gateway, and only they", async () => {
  const world = await startWorld(1);
  world.devices[0]!.agent.truth.set("firewall.enabled", false);
  await world.timeline.advance(30_000);
  expect(world.devices.map(isSound)).toEqual([false, true, true]);
  expect(world.devices.map((device) => openGateways(world, device))).toEqual([0, 2, 2]);
  expect(world.devices.map((device) => device.kernel.routes())).toEqual([
    [],
    ["10.50.0.10/32"],
    ["10.50.0.10/32"],
  ]);
  expect(world.broken).toEqual([]);
});

test("a firewall switched off closes within a second even while the disk stands still", async () => {
  const world = await startWorld(2);
  await world.timeline.advance(30_000);
  const [device] = world.devices;
  expect(openGateways(world, device!)).toBe(2);
  world.memory.setDisk("stalled");
  device!.agent.set("firewall.enabled", false);
  await world.timeline.advance(1_000);
  expect(openGateways(world, device!)).toBe(0);
  expect(device!.kernel.routes()).toEqual([]);
  expect(world.broken).toEqual([]);
});

test("nothing opens while the disk is full, and it opens when there is room again", async () => {
  const world = await startWorld(3);
  world.memory.setDisk("full");
  await world.timeline.advance(60_000);
  expect(world.devices.map((device) => openGateways(world, device))).toEqual([0, 0, 0]);
  world.memory.setDisk("well");
  await world.timeline.advance(120_000);
  expect(world.devices.map((device) => openGateways(world, device))).toEqual([2, 2, 2]);
  expect(world.broken).toEqual([]);
});

test.each([4, 5, 6, 7, 8, 9])("a controller restart cuts nobody (seed %i)", async (seed) => {
  const world = await startWorld(seed);
  await world.timeline.advance(60_000);
  world.controller.crash();
  const cut: string[] = [];
  const watch = () => {
    for (const device of world.devices) {
      if (openGateways(world, device) < 2)
        cut.push(`${device.record.name} at ${world.timeline.nowMs()}`);
    }
  };
  await world.timeline.advance(20_000, watch);
  await world.controller.start();
  await world.timeline.advance(240_000, watch);
  expect(cut).toEqual([]);
  expect(world.broken).toEqual([]);
});

test("a device that falls silent loses access when its lease ends, no later", async () => {
  const world = await startWorld(5);
  await world.timeline.advance(60_000);
  const [silent, other] = world.devices;
  world.network.partition(silent!.record.id, true);
  await world.timeline.advance((45 + 120 + 10) * 1_000);
  expect(openGateways(world, silent!)).toBe(0);
  expect(openGateways(world, other!)).toBe(2);
  world.network.partition(silent!.record.id, false);
  await world.timeline.advance(180_000);
  expect(openGateways(world, silent!)).toBe(2);
  expect(world.broken).toEqual([]);
});

test("an event made while the controller is down arrives exactly once after it returns", async () => {
  const world = await startWorld(6);
  await world.timeline.advance(30_000);
  world.controller.crash();
  const [device] = world.devices;
  const before = world.memory.events.size;
  await world.timeline.advance(5_000);
  device!.agent.set("firewall.enabled", false);
  await world.timeline.advance(5_000);
  expect(world.memory.events.size).toBe(before);
  await world.controller.start();
  await world.timeline.advance(120_000);
  const arrived = [...world.memory.events.values()].filter(
    ({ device: id, event }) =>
      id === device!.record.id &&
      event.fact?.signal === "firewall.enabled" &&
      event.fact.reading.kind === "known" &&
      event.fact.reading.value === false,
  );
  expect(arrived.length).toBe(1);
  expect(openGateways(world, device!)).toBe(0);
  expect(world.broken).toEqual([]);
});
