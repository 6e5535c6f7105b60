// Somebody else has the name of our interface: what it costs is said with netd's own words, nothing
// opens, and everything is back by itself when the name is free.
import { afterEach, expect, it } from "vitest";
import type { Installation } from "../lab/installation.ts";
import { programPath } from "../lab/program-path.ts";
import { waitForState, type World } from "../lab/world.ts";
import { expectClosed, untilReached, withoutLeak } from "./expectations.ts";
import { expectErrorLine } from "./expected-error.ts";
import { sharedWorld } from "./shared-lab.ts";

const returnDeadlineMs = 60_000;
/** What a machine tells the controller, the controller shows a moment later. */
const told = { timeout: 60_000 };
const somebody = "somebody0";
const ip = programPath("ip");

function free(machine: Installation, link: string): void {
  machine.command([ip, "link", "delete", link]);
}

async function occupy(machine: Installation, link: string): Promise<void> {
  expectErrorLine(`interface ${link} is not ours`);
  await machine.netd.kill();
  free(machine, link);
  machine.command([ip, "link", "add", link, "type", "veth", "peer", "name", somebody]);
  await machine.startNetd();
  await waitForState(machine, "blocked");
}

/** What the machine's people read: the failed step, its reason, and a cure. */
async function expectNamed(machine: Installation, link: string): Promise<void> {
  const { stdout } = await machine.cli(["doctor", "--json"]);
  const { checks } = JSON.parse(stdout) as {
    checks: { name: string; detail: string; fix?: string }[];
  };
  const found = checks.find(({ name }) => name === "warning SP-402");
  expect(found?.detail).toContain(`interface ${link} is not ours`);
  expect(found?.fix).toContain("ip link delete");
}

/** Of all machines of a kind: another test may have brought a second one. */
async function shownBy({ controller }: World, kind: "device" | "gateway"): Promise<unknown[]> {
  const listed = await controller.ask([kind, "list"]);
  const shown = (listed["items"] as { id: string }[]).map(({ id }) =>
    controller.ask([kind, "show", id]),
  );
  return (await Promise.all(shown)).flatMap((one) => one["configErrors"] as unknown[]);
}

/** What a failed test left occupied would cost every later one its lab. */
afterEach(async () => {
  const world = await sharedWorld();
  for (const machine of [world.gateway, world.laptop]) {
    if (machine.netd.ended) await machine.startNetd();
    if (machine.command([ip, "-brief", "link"]).stdout.includes(somebody)) free(machine, somebody);
  }
  await untilReached(world, returnDeadlineMs);
});

it("on the laptop no resource is called open, and the tunnel is back when the name is free", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await occupy(world.laptop, "sp0");
    const { exitCode, stdout } = await world.laptop.cli(["explain", "wiki", "--json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      explanation: { state: "blocked", reasons: [{ code: "not_enforced" }] },
    });
    await expectNamed(world.laptop, "sp0");
    await expect.poll(() => shownBy(world, "device"), told).toMatchObject([{ code: "SP-402" }]);
    await expectClosed(world);
    free(world.laptop, "sp0");
    await untilReached(world, returnDeadlineMs);
  });
  await waitForState(world.laptop, "connected");
  await expect.poll(() => shownBy(world, "device"), told).toEqual([]);
});

it("on the gateway it is named to the administrator, and grants come again by themselves", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await occupy(world.gateway, "spg0");
    await expectNamed(world.gateway, "spg0");
    await expect.poll(() => shownBy(world, "gateway"), told).toMatchObject([{ code: "SP-402" }]);
    await expectClosed(world);
    free(world.gateway, "spg0");
    await untilReached(world, returnDeadlineMs);
  });
  await expect.poll(() => shownBy(world, "gateway"), told).toEqual([]);
});
