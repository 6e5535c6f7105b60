// What every e2e scenario asks again and again, in words.
import { setTimeout as delay } from "node:timers/promises";
import { expect, vi } from "vitest";
import { askFromLaptop, type Answers } from "../lab/lab-network.ts";
import { monotonicMs } from "../lab/clock.ts";
import { patience } from "../lab/patience.ts";
import { programPath } from "../lab/program-path.ts";
import type { World } from "../lab/world.ts";
import { hosts, leaseSeconds } from "./shared-lab.ts";

const reached = { tcp: "resource", udp: "resource", ping: true };
const closed = { tcp: null, udp: null, ping: false };
const turnMs = 200;
const reachDeadlineMs = 30_000;
const answerMs = { first: 500, last: 4_000 };

/** The resource answers by every protocol and family, and it is the real one. */
export function expectReach(world: World): Promise<void> {
  return untilReached(world, reachDeadlineMs);
}

/** Nobody answers: neither the resource through the tunnel nor the impostor in clear. */
export async function expectClosed(world: World, addresses: readonly string[] = hosts) {
  for (const host of addresses) {
    expect(await askFromLaptop(world.network, host, 400)).toEqual(closed);
  }
}

/** Asks until the resource answers by everything again; the deadline is the test's own. */
export function untilReached(world: World, deadlineMs: number): Promise<void> {
  return untilAnswers(world, reached, deadlineMs);
}

/** Asks until nobody answers by anything any more. */
export function untilClosed(world: World, deadlineMs: number): Promise<void> {
  return untilAnswers(world, closed, deadlineMs);
}

async function untilAnswers(world: World, wanted: Answers, deadlineMs: number): Promise<void> {
  const endMs = monotonicMs() + patience(deadlineMs);
  // Whoever is open answers at once; on a busy machine that may take a while.
  const lastMs = wanted === reached ? answerMs.last : answerMs.first;
  for (let limitMs = answerMs.first; ; limitMs = Math.min(2 * limitMs, lastMs)) {
    const answers = await Promise.all(
      hosts.map((host) => askFromLaptop(world.network, host, limitMs)),
    );
    if (answers.every((answer) => JSON.stringify(answer) === JSON.stringify(wanted))) return;
    expect(monotonicMs(), `still: ${JSON.stringify(answers)}`).toBeLessThan(endMs);
    await delay(turnMs);
  }
}

/** Runs `act` and proves that not one packet left in clear meanwhile; `what` names it if one did. */
export async function withoutLeak(
  world: World,
  act: () => Promise<void>,
  what = "",
): Promise<void> {
  const before = await world.network.leaks.read();
  await act();
  const after = await world.network.leaks.read();
  expect(after.leaked - before.leaked, [what, ...after.examples].join("; ")).toBe(0);
  expect(after.missed, "packets that the capture did not see").toBe(before.missed);
}

/** The laptop's own address in the tunnel, where its names are answered. */
export function tunnelAddress(world: World): string {
  const argv = [programPath("ip"), "-json", "-4", "address", "show", "dev", "sp0"];
  const shown = JSON.parse(world.laptop.command(argv).stdout) as [
    { addr_info: [{ local: string }] },
  ];
  return shown[0].addr_info[0].local;
}

/** Addresses whose lease the gateway's kernel still runs, both families. */
export function liveElements(world: World): number {
  return leasesLeft(world).length;
}

/** Seconds that each live address still has in the gateway's kernel, both families. */
function leasesLeft(world: World): readonly number[] {
  return ["live4", "live6"].flatMap((set) => {
    const args = ["--json", "list", "set", "inet", "sallyport", set];
    const text = world.gateway.command([programPath("nft"), ...args]).stdout;
    const listed = JSON.parse(text) as {
      nftables: { set?: { elem?: { elem: { expires: number } }[] } }[];
    };
    return listed.nftables.flatMap(({ set }) => set?.elem ?? []).map(({ elem }) => elem.expires);
  });
}

/** A lease is renewed once half of it is over, by a list every ten seconds. */
const leastLeftSeconds = leaseSeconds / 2 - 11;

/** Waits until the leases are as renewals keep them: what was here before may have left a short one. */
function untilRenewed(world: World): Promise<void> {
  const look = () => {
    const left = leasesLeft(world);
    expect(left).toHaveLength(2);
    expect(Math.min(...left), `${left.join(", ")} s left`).toBeGreaterThan(leastLeftSeconds);
  };
  return vi.waitFor(look, { timeout: patience(reachDeadlineMs), interval: turnMs });
}

/**
 * Runs `act` and proves by the gateway's kernel and netd, not by time, that access never closed
 * meanwhile: the leases of both families stand at every look and no grant was removed.
 */
export async function withoutClosing(world: World, act: () => Promise<void>): Promise<void> {
  await untilRenewed(world);
  const since = world.gateway.netd.mark();
  const looks: number[] = [];
  const timer = setInterval(() => looks.push(liveElements(world)), turnMs);
  try {
    await act();
  } finally {
    clearInterval(timer);
  }
  expect(looks.length).toBeGreaterThan(0);
  const said = world.gateway.netd.lines(since);
  const why = `looks ${looks.join(" ")}; netd: ${said.map((line) => JSON.stringify(line)).join("\n")}`;
  expect(Math.min(...looks), why).toBe(2);
  const removals = said.filter((line) => Number(line["removed"]) > 0);
  expect(removals).toEqual([]);
}
