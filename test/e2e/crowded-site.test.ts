// More resources at a site than a grant names, by a real gateway and a real laptop: its configuration
// and its verdict are the longest that both get in these tests.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { policy, siteName } from "../lab/documents.ts";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { address } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { untilClosed, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

const count = 600;
const deadlineMs = 60_000;

const crowd = Array.from(
  { length: count },
  (_, n) => `  - { name: r${n}, site: ${siteName}, tags: [crowd], targets: [${targetOf(n)}] }`,
);

const crowded = `${policy}  - id: engineering-reads-the-crowd
    effect: allow
    subjects: { groups: [engineering] }
    resources: { tags: [crowd] }
    when: { level: protected-laptop }
resources:
${crowd.join("\n")}
`;

/** Inside what the keys of the lab let both machines reach. */
function targetOf(number: number): string {
  const host = address.resource4.replace(/\d+$/, String(50 + (number % 200)));
  return `{ cidr: "${host}/32", proto: tcp, ports: ["${2_000 + number}"] }`;
}

it("opens 512 of 600 resources, says which are closed, and closes all with the firewall", async () => {
  const world = await sharedWorld();
  const { controller } = world;
  const file = join(controller.places.state, "crowded.yaml");
  writeFileSync(file, crowded);
  const former = String((await controller.ask(["policy", "status"]))["version"]);
  await withoutLeak(world, async () => {
    await controller.ask(["policy", "apply", file, "--at-once", "--reason", "e2e"]);
    await expect.poll(() => openOf(world), { timeout: deadlineMs }).toBe(512);
    await untilReached(world, deadlineMs);
    firewallOff("laptop");
    await untilClosed(world, deadlineMs);
    await expect.poll(() => openOf(world), { timeout: deadlineMs }).toBe(0);
    firewallOn("laptop");
    await expect.poll(() => openOf(world), { timeout: deadlineMs }).toBe(512);
    await untilReached(world, deadlineMs);
    await controller.ask(["policy", "rollback", former, "--reason", "e2e"]);
    await expect.poll(() => openOf(world), { timeout: deadlineMs }).toBe(2);
  });
});

async function openOf({ laptop }: World): Promise<number> {
  const { stdout } = await laptop.cli(["status", "--json"]);
  const { resources } = JSON.parse(stdout) as { resources: readonly { state: string }[] };
  return resources.filter(({ state }) => state === "open").length;
}
