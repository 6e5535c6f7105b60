// The lab's own proof: without Sallyport every question about the resource leaves in clear, is
// answered by the impostor, and both leak counters see it. A lab that could not show a leak would
// prove nothing by showing none.
import { expect, it } from "vitest";
import { askFromLaptop } from "../lab/lab-network.ts";
import { address } from "../lab/topology.ts";
import { sharedNetwork } from "./shared-lab.ts";

it.each([address.resource4, address.resource6])("answers for %s and is seen", async (host) => {
  const network = await sharedNetwork();
  await network.leaks.reset();
  expect(await askFromLaptop(network, host)).toEqual({
    tcp: "impostor",
    udp: "impostor",
    ping: true,
  });
  const seen = await network.leaks.read();
  expect(seen.byCounter).toBeGreaterThan(8);
  expect(seen.byCapture).toBeGreaterThan(8);
});

it("counts nothing for public addresses", async () => {
  const network = await sharedNetwork();
  await network.leaks.settle();
  await network.leaks.reset();
  for (const host of [address.public4, address.public6]) {
    expect((await askFromLaptop(network, host)).ping).toBe(true);
  }
  expect(await network.leaks.read()).toMatchObject({ leaked: 0, byCounter: 0, byCapture: 0 });
});
