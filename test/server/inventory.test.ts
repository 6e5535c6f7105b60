import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { beatOf, eventOf, join, link, reportOf } from "./raw-agent.ts";

let controller: ControllerUnderTest;
beforeAll(async () => {
  controller = await startController();
});
afterAll(() => controller.remove());

const shown = async (id: string) =>
  (await controller.ask({ method: "GET", path: `/devices/${id}` })) as {
    inventory: { receivedAt: string; items: Record<string, string> } | null;
  };

test("what a device tells of its hardware is kept and shown, the next day's in place of it", async () => {
  const device = await join(controller, "laptop");
  expect((await shown(device.id)).inventory).toBeNull();
  const netd = { wireguard: "kernel", healthy: true } as const;
  const tell = async (model: string, seq: number) => {
    const raw = await link(controller, device);
    const inventory = { "system.model": model };
    raw.send({ kind: "telemetry", peers: [], netd, inventory });
    raw.send({ kind: "telemetry", peers: [], netd, inventory: { "system.model": "flood" } });
    // Writes keep their order: once this is acked, what was told before is kept.
    raw.send(reportOf(device.key, eventOf(seq, "disk.encrypted", true)));
    await raw.next("ack", (ack) => ack.seq === seq);
    raw.close();
  };
  await tell("T14", 1);
  expect((await shown(device.id)).inventory?.items).toEqual({ "system.model": "T14" });
  await tell("T16", 2);
  expect((await shown(device.id)).inventory?.items).toEqual({ "system.model": "T16" });
});

test("an inventory beyond its limits is no message, and the link lives", async () => {
  const device = await join(controller, "boaster");
  const raw = await link(controller, device);
  const netd = { wireguard: "kernel", healthy: true } as const;
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`part${index}`, "x"]));
  for (const inventory of [
    many,
    { Bad: "x" },
    { model: "x".repeat(257) },
    { model: "\u001b[2J" },
  ]) {
    raw.send({ kind: "telemetry", peers: [], netd, inventory });
  }
  raw.send(beatOf({}, 0));
  await raw.next("error", ({ code }) => code === "SP-205");
  raw.send(reportOf(device.key, eventOf(1, "disk.encrypted", true)));
  await raw.next("ack");
  expect((await shown(device.id)).inventory).toBeNull();
});
