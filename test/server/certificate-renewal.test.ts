// Renewal with the real agent and the real controller; the clocks of both are moved instead of waiting a day.
import { X509Certificate } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { RealAgent } from "./real-agent.ts";

const hourMs = 3_600_000;
let controller: ControllerUnderTest;
let agent: RealAgent;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
});
afterAll(() => controller.remove());

beforeEach(async () => {
  // Only Date: timers, sockets and the monotonic clock go on as they are.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now(), shouldAdvanceTime: true });
  agent = new RealAgent(controller, "device");
  await agent.join(`laptop-${Math.random()}`.replace(".", ""), await controller.enrolKey({}));
  await agent.start();
  await agent.until(() => agent.isUp());
});
afterEach(async () => {
  await agent.remove();
  vi.useRealTimers();
});

const endOf = () => new X509Certificate(agent.identity.chain[0] ?? "").validToDate.getTime();
const asked = () => agent.sent.filter(({ kind }) => kind === "renew").length;
const stored = () => agent.lines.filter(({ event }) => event === "certificateStored").length;

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

test("the agent renews its certificate at half-life, on the link it has", async () => {
  const first = endOf();
  later(11 * hourMs);
  agent.advance(25_000);
  expect(asked()).toBe(0);
  later(hourMs);
  agent.advance(25_000);
  await agent.until(() => stored() === 1);
  expect(endOf() - first).toBeGreaterThanOrEqual(11 * hourMs);
  expect(asked()).toBe(1);
  expect(agent.isUp()).toBe(true);
  expect(agent.lines.some(({ event }) => event === "linkClosed")).toBe(false);
  expect(endOf()).toBeGreaterThan(Date.now() + 23 * hourMs);
  later(hourMs);
  agent.advance(25_000);
  await agent.stop();
  await agent.start();
  await agent.until(() => agent.isUp());
  expect(stored()).toBe(1);
});

test("after days of sleep it renews over the expired certificate and is back", async () => {
  const before = agent.identity;
  await agent.stop();
  later(5 * 24 * hourMs);
  agent.lines.length = 0;
  await agent.start();
  await agent.until(() => agent.isUp());
  expect(stored()).toBe(1);
  expect(endOf()).toBeGreaterThan(Date.now());
  expect(agent.identity.id).toBe(before.id);
  expect(agent.identity.privateKey).toBe(before.privateKey);
});

test("an agent whose clock is behind learns of the end from the controller, renews and is back", async () => {
  await agent.stop();
  later(2 * 24 * hourMs);
  agent.wallSkewMs = -2 * 24 * hourMs;
  agent.lines.length = 0;
  await agent.start();
  await agent.until(() => agent.isUp());
  expect(agent.lines.some(({ event }) => event === "linkClosed")).toBe(true);
  expect(stored()).toBe(1);
  expect(endOf()).toBeGreaterThan(Date.now());
});

test("later than thirty days nothing is renewed, and the agent says why", async () => {
  await agent.stop();
  later(32 * 24 * hourMs);
  agent.lines.length = 0;
  await agent.start();
  const refused = () =>
    agent.lines.find(({ event }) => event === "lateRenewalFailed")?.["error"] as { code: string };
  await agent.until(() => refused() !== undefined);
  expect(refused().code).toBe("SP-202");
  expect(stored()).toBe(0);
});
