/** Many devices at once, and one that falls silent, with the clocks advanced. */
import { expect, test } from "vitest";
import { openGateways } from "./reach.ts";
import { startWorld, type World } from "./world.ts";

const secondMs = 1_000;
/** The promise is for 2,000; SALLYPORT_SIM_DEVICES=2000 takes a minute, so fewer run every time. */
const fleet = Number(process.env["SALLYPORT_SIM_DEVICES"] || 200);

/** Names of devices that some gateway does not let through now. */
function cutNow(world: World): readonly string[] {
  const open = world.gateways.map(
    ({ kernel }) => new Set(kernel.open(world.serverMs()).map(({ device }) => device)),
  );
  return world.devices
    .filter(({ record }) => !open.every((through) => through.has(record.id)))
    .map(({ record }) => record.name);
}

test(`a controller that restarts under ${fleet} devices cuts none of them`, async () => {
  const world = await startWorld(41, fleet);
  await world.timeline.advance(90 * secondMs);
  expect(cutNow(world)).toEqual([]);
  world.controller.crash();
  for (let second = 0; second < 180; second++) {
    if (second === 30) await world.controller.start();
    await world.timeline.advance(secondMs);
    expect(cutNow(world), `second ${second}`).toEqual([]);
  }
  expect(world.broken).toEqual([]);
});

test("a silent device ends 45 s and a lease after its last beat, and no other does", async () => {
  const world = await startWorld(42, 3);
  await world.timeline.advance(60 * secondMs);
  const [silent, ...others] = world.devices;
  world.network.partition(silent!.record.id, true);
  await world.timeline.advance(45 * secondMs);
  expect(openGateways(world, silent!)).toBeGreaterThan(0);
  await world.timeline.advance((120 + 12) * secondMs);
  expect(openGateways(world, silent!)).toBe(0);
  expect(others.map((device) => openGateways(world, device))).toEqual([2, 2]);
});
