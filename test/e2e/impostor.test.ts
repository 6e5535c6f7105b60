// The lab's own proof: without Sallyport every question about the resource leaves in clear, is
// answered by the impostor, and both leak counters see it. A lab that could not show a leak would
// prove nothing by showing none.
import { expect, it } from "vitest";
import { sharedLab } from "./shared-lab.ts";

it("answers for the resource over IPv4 and IPv6 when nothing guards the laptop", async () => {
  const { unguarded } = await sharedLab();
  const answered = { tcp: "impostor", udp: "impostor", ping: true };
  expect(unguarded).toEqual([answered, answered]);
});

it("is seen by both counters, packet by packet", async () => {
  const { seen } = await sharedLab();
  expect(seen.byCounter).toBeGreaterThan(20);
  expect(seen.byCapture).toBe(seen.byCounter);
});
