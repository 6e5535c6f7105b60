// Names of protected resources: resolved through the tunnel or not at all, and never heard outside.
import { expect, it } from "vitest";
import { groupName, policy, siteName } from "../lab/documents.ts";
import { wiki } from "../lab/flow.ts";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { askFromLaptop, namesAsked } from "../lab/lab-network.ts";
import type { Program } from "../lab/program.ts";
import {
  address,
  docsName,
  insideDomain,
  manualName,
  reverseZones,
  vaultName,
} from "../lab/topology.ts";
import { tunnelAddress, untilReached, withoutLeak } from "./expectations.ts";
import { lookUp, pageOf, untilTold } from "./look-up.ts";
import { sharedWorld } from "./shared-lab.ts";

/** Asked for by nobody but the first test: what a name led to stays open for minutes. */
const manual = [address.manual4, address.manual6];
const manualResource = `name: manual
site: ${siteName}
targets:
  - { domain: ${manualName}, proto: tcp, ports: ["${wiki.tcpPort}"] }
`;
const withManual = `${policy}  - id: reading-the-manual
    effect: allow
    subjects: { groups: [${groupName}] }
    resources: { names: [manual] }
`;
const returnDeadlineMs = 60_000;
/** Names of a host of the LAN by its address. */
const reverseNames = [`77.${reverseZones[0]}`, `7.7.${"0.".repeat(14)}${reverseZones[1]}`];
const closed = { tcp: null, udp: null, ping: false };

it("resolves a granted name through the tunnel, and opens what it leads to before the answer", async () => {
  const world = await sharedWorld();
  await world.controller.apply("resource", manualResource);
  await withoutLeak(world, async () => {
    const since = world.laptop.netd.mark();
    await world.controller.apply("policy", withManual);
    await world.laptop.netd.waitFor((line) => line["message"] === "config applied", {
      deadlineMs: returnDeadlineMs,
      since,
    });
    for (const host of manual)
      expect(await askFromLaptop(world.network, host, 400)).toEqual(closed);
    await untilTold(world, { four: [address.manual4], six: [address.manual6] }, manualName);
    for (const host of manual) {
      // Open by now; the page of a busy machine may still take a while.
      expect(await pageOf(world, host)).toBe("resource");
      expect(await askFromLaptop(world.network, host, 400)).toMatchObject({
        udp: null,
        ping: false,
      });
    }
  });
  await world.controller.apply("policy", policy);
  expect(await namesAsked(world.network.resolvers.site)).toContain(manualName);
});

it("CVE-2018-20812, GHSA-mv6g-7577-vq4w: asks nobody for a protected name without a grant, not even with a suffix of the link", async () => {
  const world = await sharedWorld();
  const stub = tunnelAddress(world);
  await withoutLeak(world, async () => {
    for (const name of [vaultName, `_8443._https.${vaultName}`, ...reverseNames]) {
      expect(await lookUp(world, stub, name)).toEqual({ four: "ESERVFAIL", six: "ESERVFAIL" });
    }
    const suffixed = await lookUp(world, stub, `${vaultName}.cafe.example`);
    expect(suffixed).toEqual({ four: "ENOTFOUND", six: "ENOTFOUND" });
  });
  const heard = await namesAsked(world.network.resolvers.site);
  expect(heard.filter((name) => name.includes("vault"))).toEqual([]);
});

it("says nothing outside when access is lost, and tells the name again when it is back", async () => {
  const world = await sharedWorld();
  const stub = tunnelAddress(world);
  await withoutLeak(world, async () => {
    firewallOff("laptop");
    await untilTold(world, { four: "ESERVFAIL", six: "ESERVFAIL" });
    firewallOn("laptop");
    await untilTold(world, { four: [address.docs4], six: [address.docs6] });
    await world.laptop.netd.kill();
    const dead = await lookUp(world, stub, docsName);
    expect([dead.four, dead.six].every((code) => typeof code === "string")).toBe(true);
    await world.laptop.startNetd();
    await untilTold(world, { four: [address.docs4], six: [address.docs6] });
  });
  await untilReached(world, returnDeadlineMs);
});

it("asks nobody else while a resolver is lost, the site's or the link's", async () => {
  const world = await sharedWorld();
  const { site, link } = world.network.resolvers;
  const docs = { four: [address.docs4], six: [address.docs6] };
  await untilTold(world, docs);
  await withoutLeak(world, async () => {
    await whileSilent(link, () => untilTold(world, docs));
    await whileSilent(site, () => untilTold(world, { four: "ESERVFAIL", six: "ESERVFAIL" }));
    await untilTold(world, docs);
  });
});

/** Stops a resolver for a while, as a machine that hangs. */
async function whileSilent(resolver: Program, act: () => Promise<void>): Promise<void> {
  process.kill(resolver.pid, "SIGSTOP");
  try {
    await act();
  } finally {
    process.kill(resolver.pid, "SIGCONT");
  }
}

it("would be heard outside, were a name asked there: both eyes see it", async () => {
  const world = await sharedWorld();
  for (const name of [`control.${insideDomain}`, ...reverseNames]) {
    const before = await world.network.leaks.read();
    await lookUp(world, address.linkResolver, name);
    expect(await namesAsked(world.network.resolvers.link)).toContain(name);
    await expect
      .poll(async () => (await world.network.leaks.read()).byCapture, { timeout: returnDeadlineMs })
      .toBeGreaterThan(before.byCapture);
  }
  await world.network.leaks.settle();
  await world.network.leaks.reset();
});
