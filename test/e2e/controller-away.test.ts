// While the controller is dead the device says what flows on, and until when at the latest; an agent
// that is started anew meanwhile knows it too.
import { afterEach, expect, it } from "vitest";
import { waitForState, type World } from "../lab/world.ts";
import { expectReach, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

afterEach(async () => {
  const world = await sharedWorld();
  if (world.controller.program.ended) await world.controller.start();
  if (world.laptop.agent.ended) await world.laptop.startAgent();
  await untilReached(world, 90_000);
});

async function explained(world: World): Promise<unknown> {
  return JSON.parse((await world.laptop.cli(["explain", "wiki", "--json"])).stdout);
}

it("calls open what flows on, with its latest end, over a restart of the agent", async () => {
  const world = await sharedWorld();
  const runsOn = { explanation: { state: "open", reasons: [{ code: "runs_on" }] } };
  await withoutLeak(world, async () => {
    const since = world.laptop.agent.mark();
    await world.controller.program.kill();
    await world.laptop.agent.waitFor(
      (line) => line["message"] === "transition" && line["event"] === "linkClosed",
      { deadlineMs: 60_000, since },
    );
    expect(await explained(world)).toMatchObject(runsOn);
    await world.laptop.agent.kill();
    await world.laptop.startAgent();
    await waitForState(world.laptop, "connected");
    expect(await explained(world)).toMatchObject(runsOn);
    await expectReach(world);
    await world.controller.start();
    await untilReached(world, 90_000);
  });
});
