// Names of protected resources: resolved through the tunnel or not at all, and never heard outside.
import { expect, it } from "vitest";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { askFromLaptop, namesAsked } from "../lab/lab-network.ts";
import { address, docsName, insideDomain, vaultName } from "../lab/topology.ts";
import { tunnelAddress, untilReached, withoutLeak } from "./expectations.ts";
import { lookUp, untilTold } from "./look-up.ts";
import { sharedWorld } from "./shared-lab.ts";

const docs = [address.docs4, address.docs6];
const returnDeadlineMs = 60_000;
const closed = { tcp: null, udp: null, ping: false };

it("resolves a granted name through the tunnel, and opens what it leads to before the answer", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    for (const host of docs) expect(await askFromLaptop(world.network, host, 400)).toEqual(closed);
    const stub = tunnelAddress(world);
    expect(await lookUp(world, stub, docsName)).toEqual({
      four: [address.docs4],
      six: [address.docs6],
    });
    for (const host of docs) {
      const answers = await askFromLaptop(world.network, host, 400);
      expect(answers).toEqual({ tcp: "resource", udp: null, ping: false });
    }
  });
  expect(await namesAsked(world.network.resolvers.site)).toContain(docsName);
});

it("asks nobody for a protected name without a grant, not even with a suffix of the link", async () => {
  const world = await sharedWorld();
  const stub = tunnelAddress(world);
  await withoutLeak(world, async () => {
    for (const name of [vaultName, `_8443._https.${vaultName}`, "77.0.50.10.in-addr.arpa"]) {
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

it("would be heard outside, were a name asked there: both eyes see it", async () => {
  const world = await sharedWorld();
  const before = await world.network.leaks.read();
  const name = `control.${insideDomain}`;
  await lookUp(world, address.linkResolver, name);
  expect(await namesAsked(world.network.resolvers.link)).toContain(name);
  const after = await world.network.leaks.read();
  expect(after.byCapture).toBeGreaterThan(before.byCapture);
  await world.network.leaks.reset();
});
