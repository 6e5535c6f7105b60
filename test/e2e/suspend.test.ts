// The whole machine sleeps (ACPI S3), longer than a lease: in the emulated machine of
// `npm run test:kernel` alone, which wakes it. The kernel's own timeouts stand still meanwhile.
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { monotonicMs } from "../lab/clock.ts";
import { arrivedSoFar, closeFlows, flowsMove, openFlows } from "../lab/cutoff.ts";
import { address } from "../lab/topology.ts";
import { waitForState } from "../lab/world.ts";
import { expectClosed, liveElements, untilReached, withoutLeak } from "./expectations.ts";
import { elsewhere, moveLaptop } from "./moving-laptop.ts";
import { hosts, leaseSeconds, sharedWorld } from "./shared-lab.ts";

const wakeDeadlineMs = 60_000;
const returnDeadlineMs = 90_000;

afterEach(async () => {
  const world = await sharedWorld();
  await closeFlows(world, hosts);
  await untilReached(world, returnDeadlineMs);
});

/** Blocks all of this machine until its host wakes it; for how long its processes stood still. */
function sleepSeconds(): number {
  if (!readFileSync("/proc/cmdline", "utf8").includes("/sallyport/test/kernel/init.sh")) {
    throw new Error("only the emulated machine may be put to sleep");
  }
  const before = { wallMs: Date.now(), awakeMs: monotonicMs() };
  writeFileSync("/sys/power/state", "mem");
  return (Date.now() - before.wallMs - (monotonicMs() - before.awakeMs)) / 1000;
}

it("ends every lease that it outlasted, and the laptop that wakes elsewhere comes back", async () => {
  const world = await sharedWorld();
  const { controller, gateway, laptop } = world;
  const devices = [laptop.agent, laptop.netd];
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    expect(await flowsMove(world, hosts)).toBe(true);
    expect(liveElements(world)).toBe(2);
    const since = gateway.netd.mark();
    // Nobody renews a lease, and the laptop hears of its new address when it wakes.
    process.kill(controller.program.pid, "SIGSTOP");
    for (const program of devices) process.kill(program.pid, "SIGSTOP");
    moveLaptop(world, address.laptop4, elsewhere);
    const before = await arrivedSoFar(world, hosts);
    try {
      expect(sleepSeconds()).toBeGreaterThan(leaseSeconds);
      for (const program of devices) process.kill(program.pid, "SIGCONT");
      await gateway.netd.waitFor((line) => line["message"] === "live set emptied", {
        deadlineMs: wakeDeadlineMs,
        since,
      });
      expect(liveElements(world)).toBe(0);
      // Meanwhile both ends read what waited in their sockets since they fell asleep.
      await expectClosed(world);
      const arrived = await arrivedSoFar(world, hosts);
      process.stdout.write(`suspend: ${arrived - before} records until all was still\n`);
      await expectClosed(world);
      expect(await arrivedSoFar(world, hosts)).toBe(arrived);
      expect(liveElements(world)).toBe(0);
    } finally {
      process.kill(controller.program.pid, "SIGCONT");
    }
    await waitForState(laptop, "connected");
    await untilReached(world, returnDeadlineMs);
    expect(await flowsMove(world, hosts)).toBe(true);
    moveLaptop(world, elsewhere, address.laptop4);
  });
});
