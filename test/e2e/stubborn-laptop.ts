// A laptop whose agent stands still hears of no change: its kernel goes on sending by the routes it
// has, so that what stays closed is closed by the gateway alone.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { arrivedSoFar, closeFlows, flowsMove, openFlows } from "../lab/cutoff.ts";
import { policy } from "../lab/documents.ts";
import type { World } from "../lab/world.ts";
import { hosts } from "./shared-lab.ts";

/** The set of the lab for a group that has nobody in it. */
const nobody = policy.replace(/groups: \[\w+\]/, "groups: [nobody]");
const removalDeadlineMs = 30_000;

/** Runs `act` while the laptop sends without a grant, and proves that not one record passed meanwhile. */
export async function withStubbornLaptop(world: World, act: () => Promise<void>): Promise<void> {
  const { controller, gateway, laptop, network } = world;
  await openFlows(world, hosts);
  expect(await flowsMove(world, hosts)).toBe(true);
  process.kill(laptop.agent.pid, "SIGSTOP");
  try {
    const since = gateway.netd.mark();
    const file = join(controller.places.state, "nobody.yaml");
    writeFileSync(file, nobody);
    const wish = ["--at-once", "--allow-lockout", "--reason", "e2e"];
    await controller.ask(["policy", "apply", file, ...wish]);
    await gateway.netd.waitFor(
      (line) => line["message"] === "grants changed" && Number(line["removed"]) > 0,
      { deadlineMs: removalDeadlineMs, since },
    );
    const before = await arrivedSoFar(world, hosts);
    const sent = (await network.leaks.read()).tunnel;
    await act();
    expect(await arrivedSoFar(world, hosts)).toBe(before);
    expect((await network.leaks.read()).tunnel).toBeGreaterThan(sent);
  } finally {
    process.kill(laptop.agent.pid, "SIGCONT");
    await closeFlows(world, hosts);
    await controller.apply("policy", policy);
  }
}
