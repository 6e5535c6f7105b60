import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { frameBytesMax } from "#shared/protocol/capability.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { eventOf, join, link, type Member, RawLink, reportOf } from "./raw-agent.ts";

let controller: ControllerUnderTest;
let device: Member;

beforeAll(async () => {
  controller = await startController();
  device = await join(controller, "laptop");
});
afterAll(() => controller.remove());

test("an unknown kind is answered with SP-205 and the link stays", async () => {
  const raw = await link(controller, device);
  for (let times = 0; times < 30; times++) raw.sendText('{"kind":"teleport"}');
  expect(await raw.next("error")).toMatchObject({ code: "SP-205" });
  raw.send(reportOf(device.key, eventOf(1, "firewall.enabled", true)));
  await raw.next("ack");
  raw.close();
});

test("a report that another key signed, or whose chain is broken, is answered with SP-209", async () => {
  const raw = await link(controller, device);
  const stranger = await join(controller, "stranger");
  const rightly = reportOf(device.key, eventOf(1, "firewall.enabled", true));
  const forged = reportOf(stranger.key, eventOf(1, "firewall.enabled", true));
  const swapped = reportOf(device.key, eventOf(2, "disk.encrypted", true));
  raw.send({ ...forged, batchId: "forged" });
  expect(await raw.next("error", ({ re }) => re === "forged")).toMatchObject({ code: "SP-209" });
  raw.send({ ...rightly, events: swapped.events, batchId: "swapped" });
  expect(await raw.next("error", ({ re }) => re === "swapped")).toMatchObject({ code: "SP-209" });
  raw.send(rightly);
  await raw.next("ack", ({ seq }) => seq === 1);
  raw.close();
});

const malformed: readonly [what: string, frame: string | Buffer][] = [
  ["no JSON", "{"],
  ["a list", "[]"],
  ["a message without its fields", '{"kind":"report"}'],
  ["deep nesting", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
  ["a binary frame", Buffer.from([1, 2, 3])],
  [
    "a number out of range",
    '{"kind":"beat","epoch":"","seq":1e999,"factsDigest":"","checkedAgeMs":{}}',
  ],
];
test.each(malformed)(
  "%s is answered, counted, and closes the link at the limit",
  async (_, frame) => {
    const raw = await link(controller, device);
    // Until then answers are held back, and lost with a link that closes.
    await raw.next("trust");
    raw.sendText(frame);
    await raw.next("error");
    for (let times = 0; times < 10; times++) raw.sendText(frame);
    expect(await raw.ended).toBe(4400);
  },
);

test("a frame over the limit closes with 4413", async () => {
  const raw = await link(controller, device);
  raw.sendText(JSON.stringify({ kind: "bye", reason: "x".repeat(frameBytesMax) }));
  expect(await raw.ended).toBe(4413);
});

test("a frame far over the limit ends the link and not the process", async () => {
  const raw = await link(controller, device);
  raw.sendText("x".repeat(frameBytesMax * 5));
  await raw.ended;
  (await link(controller, device)).close();
});

test("anything before hello closes the link", async () => {
  const raw = new RawLink(controller, device);
  await raw.opened;
  raw.send(reportOf(device.key, eventOf(9, "firewall.enabled", true)));
  expect(await raw.ended).toBe(4400);
});

test("a sequence number out of all range closes the link", async () => {
  const raw = await link(controller, device);
  raw.send(reportOf(device.key, eventOf(Number.MAX_SAFE_INTEGER, "firewall.enabled", true)));
  expect(await raw.ended).toBe(4400);
});

test("GHSA-q8g9, bodies and floods: a flood of frames is closed with 4429", async () => {
  const raw = await link(controller, device);
  // As many as it takes: a busy machine may read them more slowly than it forgives them.
  let code: number | null = null;
  while (code === null) {
    for (let times = 0; times < 1_500; times++) raw.sendText('{"kind":"teleport"}');
    code = await Promise.race([raw.ended, setImmediate(null)]);
  }
  expect(code).toBe(4429);
});
