// Time-boxed access on a real laptop: asked by its user, approved by somebody else, ended by posture.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { policy } from "../lab/documents.ts";
import type { World } from "../lab/world.ts";
import { expectClosed, untilClosed, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

const byApproval = policy.replace(
  "when: { level: protected-laptop }",
  "when: { level: protected-laptop, elevation: { role: wiki-reader, maxDuration: PT30M } }",
);
const deadlineMs = 60_000;

it("opens for who was approved, for a while, and a bad posture ends it for good", async () => {
  const world = await sharedWorld();
  const { controller, laptop } = world;
  const file = join(controller.places.state, "by-approval.yaml");
  writeFileSync(file, byApproval);
  const former = String((await controller.ask(["policy", "status"]))["version"]);
  const apply = ["policy", "apply", file, "--at-once", "--allow-lockout", "--reason", "e2e"];
  await withoutLeak(world, async () => {
    await controller.ask(apply);
    await untilClosed(world, deadlineMs);
    const own = ["request", "create", "wiki", "--device", await laptop.id(), "--reason", "own"];
    const { id: ownId } = await controller.ask(own);
    const refused = await controller.cli(["request", "approve", String(ownId)]);
    expect(refused).toMatchObject({ exitCode: 7 });
    expect(refused.stderr).toContain("somebody else than who asked must approve it");
    const asked = await laptop.cli(["request", "wiki", "--reason", "e2e", "--for", "2h", "--json"]);
    const { id } = JSON.parse(asked.stdout) as { id: string };
    await expectClosed(world);
    expect(await controller.ask(["request", "approve", id])).toMatchObject({
      state: "approved",
      seconds: 1_800,
    });
    await untilReached(world, deadlineMs);
    firewallOff("laptop");
    await untilClosed(world, deadlineMs);
    firewallOn("laptop");
    await expect.poll(() => stateOf(world, id), { timeout: deadlineMs }).toBe("ended");
    await expectClosed(world);
    await expect
      .poll(() => laptop.cli(["explain", "wiki", "--json"]), { timeout: deadlineMs })
      .toMatchObject({ exitCode: 1, stdout: expect.stringContaining("approval") });
    await controller.ask(["policy", "rollback", former, "--reason", "e2e"]);
    await untilReached(world, deadlineMs);
  });
});

async function stateOf({ controller }: World, id: string): Promise<string | undefined> {
  const { items } = (await controller.ask(["request", "list"])) as {
    items: readonly { readonly id: string; readonly state: string }[];
  };
  return items.find((one) => one.id === id)?.state;
}
