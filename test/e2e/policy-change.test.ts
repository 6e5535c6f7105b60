import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { policy } from "../lab/documents.ts";
import { expectReach, untilClosed, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

/** The laptop of the lab has no such program. */
const stricter = policy.replace(
  "      - { signal: firewall.enabled, is: true }",
  "      - { signal: firewall.enabled, is: true }\n      - { signal: edr.running, is: true }",
);

it("watches a stricter set on a real laptop, enforces it before its time, and takes it back", async () => {
  const world = await sharedWorld();
  const { controller } = world;
  const file = join(controller.places.state, "stricter.yaml");
  writeFileSync(file, stricter);
  const former = String((await controller.ask(["policy", "status"]))["version"]);
  await controller.ask(["policy", "shadow", "start", file, "--reason", "e2e"]);
  const report = await vi.waitFor(
    async () => {
      const { stdout } = await controller.cli(["policy", "shadow", "report", "--json"]);
      const { trials } = JSON.parse(stdout) as { trials: { differences: object[] }[] };
      expect(trials[0]?.differences.length).toBeGreaterThan(0);
      return trials[0]?.differences;
    },
    { timeout: 60_000, interval: 500 },
  );
  expect(report).toContainEqual(
    expect.objectContaining({ resource: "wiki", before: "open", after: "closed" }),
  );
  await expectReach(world);
  const promote = ["policy", "shadow", "promote", "--reason", "e2e"];
  const closed = await controller.cli(promote);
  expect(closed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("14 days") });
  const override = [...promote, "--override", "the lab is no place to wait"];
  const lockedOut = await controller.cli(override);
  expect(lockedOut).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("SP-631") });
  await withoutLeak(world, async () => {
    await controller.ask([...override, "--allow-lockout"]);
    await untilClosed(world, 60_000);
    await controller.ask(["policy", "rollback", former, "--reason", "e2e"]);
    await untilReached(world, 60_000);
  });
});
