// Rotation of signing keys under live flows: agents are real, and their netd believes what is signed or not.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { patience } from "./patience.ts";
import { helloOf, join, link, RawLink } from "./raw-agent.ts";
import {
  configsOf,
  isOpen,
  kidOf,
  type RealAgent,
  startDevice,
  startGateway,
} from "./real-agent.ts";

interface KeyRow {
  readonly kid: string;
  readonly purpose: string;
  readonly state: string;
}

const hourMs = 3_600_000;
let controller: ControllerUnderTest;
let gateway: RealAgent;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now(), shouldAdvanceTime: true });
  controller = await startController();
  await controller.furnish();
  gateway = await startGateway(controller);
});
afterAll(async () => {
  await gateway.remove();
  await controller.remove();
  vi.useRealTimers();
});

const grantsOf = (agent: RealAgent) =>
  agent.requests.flatMap((one) => (one.verb === "grants" ? one.add : []));
const rotate = async (body: object = {}) =>
  ((await controller.ask({ method: "POST", path: "/keys/rotate", body })) as { items: KeyRow[] })
    .items;
const keys = async () =>
  ((await controller.ask({ method: "GET", path: "/keys" })) as { items: KeyRow[] }).items;
const kidsOf = (items: readonly KeyRow[], purpose: string) =>
  items.filter((one) => one.purpose === purpose).map(({ kid }) => kid);

/** New keys sign from the next whole second on. */
function nextSecond(): void {
  vi.setSystemTime(Date.now() + 1_500);
}

test("keys are rotated under live flows: both sides learn the new ones first, and nobody is cut", async () => {
  const laptop = await startDevice(controller, "laptop");
  const before = await keys();
  const mark = { gateway: gateway.requests.length, laptop: laptop.requests.length };
  const after = await rotate();
  expect(after).toHaveLength(6);
  for (const agent of [gateway, laptop]) {
    const known = agent === gateway ? mark.gateway : mark.laptop;
    await agent.until(() => agent.requests.slice(known).some(({ verb }) => verb === "trust"));
    const set = agent.identity.trust as { configKeys: { kid: string }[]; version: number };
    expect(set.configKeys.map(({ kid }) => kid).toSorted()).toEqual(
      kidsOf(after, "config").toSorted(),
    );
  }
  nextSecond();
  const tablet = await startDevice(controller, "tablet");
  const added = grantsOf(gateway).at(-1) ?? "";
  expect(kidsOf(before, "grant")).not.toContain(kidOf(added));
  expect(kidsOf(before, "config")).not.toContain(kidOf(configsOf(tablet).at(-1) ?? ""));
  // A device that was silent for long is given a lease at its next beat.
  vi.setSystemTime(Date.now() + 46_000);
  laptop.advance(25_000);
  await gateway.until(() =>
    gateway.requests
      .slice(mark.gateway)
      .some((one) => one.verb === "leases" && !kidsOf(before, "lease").includes(kidOf(one.jws))),
  );
  const since = gateway.requests.slice(mark.gateway);
  expect(since.filter((one) => one.verb === "snapshot" || one.verb === "narrow")).toEqual([]);
  expect(since.flatMap((one) => (one.verb === "grants" ? one.remove : []))).toEqual([]);
  expect(isOpen(laptop)).toBe(true);
  expect([gateway, laptop, tablet].flatMap(({ refused }) => refused)).toEqual([]);
  await tablet.remove();
  await laptop.remove();
});

test("an agent that was away while keys were rotated gets the set before anything they signed", async () => {
  const traveller = await startDevice(controller, "traveller");
  await traveller.stop();
  await rotate({ purposes: ["config"] });
  nextSecond();
  traveller.requests.length = 0;
  await traveller.start();
  await traveller.until(() => configsOf(traveller).length > 0);
  // Its own set at the start, then the newer one, then what the new key signed.
  const verbs = traveller.requests.map(({ verb }) => verb);
  expect(verbs.filter((verb) => verb === "trust" || verb === "config").slice(0, 3)).toEqual([
    "trust",
    "trust",
    "config",
  ]);
  const current = (await keys()).find((one) => one.purpose === "config" && one.state === "signs");
  expect(kidOf(configsOf(traveller)[0] ?? "")).toBe(current?.kid);
  expect(traveller.refused).toEqual([]);
  await traveller.remove();
});

test("who holds the newest set is not sent it again", async () => {
  const member = await join(controller, "up-to-date");
  const first = await link(controller, member);
  const { set } = await first.next("trust");
  first.close();
  const again = new RawLink(controller, member);
  await again.opened;
  again.send({ ...helloOf(member), trustVersion: Number(set["version"]) } as never);
  await again.next("config");
  expect(again.messages.map(({ kind }) => kind)).not.toContain("trust");
  again.close();
});

test("a grant of the old key keeps its bytes over a restart, until its end", async () => {
  const steady = await startDevice(controller, "steady");
  const jws = grantsOf(gateway).at(-1) ?? "";
  await rotate({ purposes: ["grant"] });
  nextSecond();
  await controller.restart();
  gateway.requests.length = 0;
  await gateway.until(() => gateway.requests.some(({ verb }) => verb === "snapshot"));
  const shown = gateway.requests.flatMap((one) => (one.verb === "snapshot" ? one.grants : []));
  expect(shown).toContain(jws);
  expect(gateway.refused).toEqual([]);
  await steady.remove();
});

test("four keys of a purpose are believed at most, and the oldest go after thirteen hours", async () => {
  const refusedAt = async (): Promise<number> => {
    for (let count = 1; count < 6; count++) {
      try {
        await rotate({ purposes: ["lease"] });
        nextSecond();
      } catch (error) {
        expect(String(error)).toContain("still believed");
        return count;
      }
    }
    return Infinity;
  };
  expect(await refusedAt()).toBeLessThan(5);
  expect(kidsOf(await keys(), "lease")).toHaveLength(4);
  vi.setSystemTime(Date.now() + 14 * hourMs);
  const member = await join(controller, "late");
  const raw = await link(controller, member);
  const { set } = await raw.next("trust");
  expect((set as { leaseKeys: unknown[] }).leaseKeys).toHaveLength(1);
  raw.close();
  await controller.restart();
  await vi.waitFor(async () => expect(await keys()).toHaveLength(3), patience);
});
