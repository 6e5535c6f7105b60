// Each signal that the catalogue calls evented opens a resource of its own here. One change of the
// machine at a time: exactly the flows of the signals that it moves end, and come back with it.
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import { monotonicMs } from "../lab/clock.ts";
import { groupName, policy, siteName } from "../lab/documents.ts";
import { wiki, type FlowReport } from "../lab/flow.ts";
import { ask } from "../lab/line-client.ts";
import { programPath } from "../lab/program-path.ts";
import { waitForState, type World } from "../lab/world.ts";
import { mustRunNow } from "../lab/command.ts";
import { isRootless } from "../lab/container.ts";
import { untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";
import { signalFlips, stagePlaces, unstagePlaces, type SignalFlip } from "./signal-flips.ts";

const evented = catalogue
  .filter((entry) => entry.evented.includes("linux"))
  .map((entry) => entry.signal);
const hostOf = new Map(evented.map((signal, index) => [signal, `10.50.0.${100 + index}`]));
const quietMs = 500;
const deadlineMs = 60_000;
/** A flow that lives shows it within milliseconds; a busy machine may take long to look. */
const aliveMs = 30_000;

const resourceName = (signal: string) => signal.replaceAll(/[._]/g, "-");
const host = (signal: string) => hostOf.get(signal)!;

/** The lab's policy, and for each signal one resource that nothing but its condition opens. */
function policyOf(): string {
  const rules = signalFlips
    .flatMap(({ conditions }) => Object.entries(conditions))
    .map(
      ([signal, condition]) => `  - id: ${resourceName(signal)}
    effect: allow
    subjects: { groups: [${groupName}] }
    resources: { names: [${resourceName(signal)}] }
    when: { ${condition} }
`,
    );
  const resources = evented.map(
    (signal) => `  - name: ${resourceName(signal)}
    site: ${siteName}
    targets: [{ host: ${host(signal)}, proto: tcp, ports: [${wiki.tcpPort}] }]
`,
  );
  return `${policy}${rules.join("")}resources:\n${resources.join("")}`;
}

const possible = signalFlips.filter(({ needs, asRoot }) => {
  return (needs === undefined || existsSync(needs)) && !(asRoot === true && isRootless());
});
let world: World;

beforeAll(async () => {
  world = await sharedWorld();
  const lines = [...hostOf.values()].map((one) => `addr add ${one}/24 dev eth0\n`);
  mustRunNow([programPath("ip"), "-netns", "resource", "-batch", "-"], { input: lines.join("") });
  await ask(world.network.resource, { verb: "listen", hosts: [...hostOf.values()] });
  await world.laptop.agent.stop();
  await stagePlaces();
  await world.laptop.startAgent();
  await waitForState(world.laptop, "connected");
  await world.controller.apply("policy", policyOf());
});

afterAll(async () => {
  await world.laptop.agent.stop();
  await unstagePlaces();
  const lines = [...hostOf.values()].map((one) => `addr del ${one}/24 dev eth0\n`);
  mustRunNow([programPath("ip"), "-netns", "resource", "-batch", "-"], { input: lines.join("") });
  await world.laptop.startAgent();
  await world.controller.apply("policy", policy);
  await untilReached(world, deadlineMs);
});

/** Fetches until the page of each host comes, then holds a flow to it. */
async function untilOpen(signals: readonly string[]): Promise<void> {
  const endMs = monotonicMs() + deadlineMs;
  await Promise.all(
    signals.map(async (signal) => {
      const asked = { verb: "openTrickle", host: host(signal) };
      const open = () =>
        ask(world.network.client, asked).then(
          () => true,
          () => false,
        );
      while (!(await fetches(signal)) || !(await open())) {
        expect(monotonicMs(), `${signal} stays closed`).toBeLessThan(endMs);
        await delay(100);
      }
    }),
  );
  await untilFlowing(signals);
}

async function fetches(signal: string): Promise<boolean> {
  const asked = { verb: "fetch", host: host(signal), timeoutMs: 500 };
  return ask(world.network.client, asked).then(
    () => true,
    () => false,
  );
}

/** Waits until each flow brings something: at once where it lives, never where it was cut. */
async function untilFlowing(signals: readonly string[]): Promise<void> {
  const endMs = monotonicMs() + aliveMs;
  for (;;) {
    const silences = await silencesMs(signals);
    const silent = signals.filter((_, index) => silences[index]! > quietMs);
    if (silent.length === 0) return;
    expect(monotonicMs(), `no longer flowing: ${silent.join(", ")}`).toBeLessThan(endMs);
    await delay(50);
  }
}

/** How long ago the last byte of each flow came. */
async function silencesMs(signals: readonly string[]): Promise<readonly number[]> {
  const reports = await Promise.all(
    signals.map((signal) => ask(world.network.client, { verb: "report", host: host(signal) })),
  );
  const now = monotonicMs();
  return reports.map((report) => now - ((report as unknown as FlowReport).tcp.lastAtMs ?? 0));
}

async function untilCut(signals: readonly string[]): Promise<void> {
  const endMs = monotonicMs() + deadlineMs;
  for (;;) {
    const silences = await silencesMs(signals);
    if (silences.every((silence) => silence > quietMs)) return;
    const alive = signals.filter((_, index) => silences[index]! <= quietMs);
    expect(monotonicMs(), `still flowing: ${alive.join(", ")}`).toBeLessThan(endMs);
    await delay(50);
  }
}

const signalsOf = ({ conditions }: SignalFlip) => Object.keys(conditions);

it("has a change for each signal that the catalogue calls evented", () => {
  expect(signalFlips.flatMap(signalsOf).toSorted()).toEqual(evented.toSorted());
});

for (const flip of signalFlips.filter((one) => !possible.includes(one))) {
  it(flip.what, ({ skip }) => skip("not on this machine, or not as an ordinary user"));
}

it.each(possible)("$what ends the flows of its own signals, and they return", async (flip) => {
  const moved = signalsOf(flip);
  const others = possible.flatMap(signalsOf).filter((signal) => {
    return !moved.includes(signal) && signal !== flip.besides;
  });
  await untilOpen([...moved, ...others]);
  await withoutLeak(world, async () => {
    try {
      await flip.change(world);
      await untilCut(moved);
      await untilFlowing(others);
      // A flow that a busy machine held up looks like one that was cut.
      const explained = () => world.laptop.cli(["explain", resourceName(moved[0]!), "--json"]);
      await expect
        .poll(explained, { timeout: deadlineMs })
        .toMatchObject({ exitCode: 1, stdout: expect.stringContaining(moved[0]!) });
    } finally {
      await flip.back(world);
    }
    await untilOpen(moved);
  });
});
