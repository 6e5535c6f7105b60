import { expect, it } from "vitest";
import {
  closeFlows,
  cutByFirewall,
  flowsMove,
  openFlows,
  restoreByFirewall,
} from "../lab/cutoff.ts";
import { patience } from "../lab/patience.ts";
import { expectClosed, expectReach, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

/** What nobody told takes a poll of a minute, or a lease; how fast it is told, the bench measures. */
const toldWithinMs = patience(10_000);

it("ends living TCP and UDP flows of both families when the firewall opens", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    const cut = await cutByFirewall(world, hosts);
    expect(cut.aliveBefore).toBe(true);
    expect(Math.max(cut.tcpMs, cut.udpMs)).toBeLessThan(toldWithinMs);
    // One clock: what was sent after the removal was in the kernel can only have passed it.
    expect(cut.ends.lastPassedMs).not.toBeNull();
    expect(cut.ends.lastPassedMs).toBeLessThan(cut.ends.gatewayMs);
    await expectClosed(world);
    await expect
      .poll(() => world.laptop.cli(["explain", "wiki", "--json"]), { timeout: 30_000 })
      .toMatchObject({ exitCode: 1, stdout: expect.stringContaining("firewall.enabled") });
    const shown = await world.controller.ask(["device", "show", "laptop"]);
    expect(shown["lastCut"]).toMatchObject({ tookMs: expect.any(Number) });
    await restoreByFirewall(world, hosts[0]!);
    await expectReach(world);
    await closeFlows(world, hosts);
    await openFlows(world, hosts);
    expect(await flowsMove(world, hosts)).toBe(true);
    await closeFlows(world, hosts);
  });
});
