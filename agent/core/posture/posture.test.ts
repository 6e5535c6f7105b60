import fc from "fast-check";
import { expect, test } from "vitest";
import { entryOf } from "#shared/posture/catalogue.ts";
import type { Fact, Reading } from "#shared/posture/fact.ts";
import type { Moment } from "../moment.ts";
import type { CollectRequest } from "./collection.ts";
import { groupsOf } from "./groups.ts";
import {
  beatOf,
  createPosture,
  factsOf,
  nextDeadline,
  setChecking,
  transition,
} from "./posture.ts";
import type { PostureInput } from "./posture.ts";
import type { PostureEffect, PostureState } from "./posture-state.ts";

const at = (monotonicMs: number): Moment => ({
  monotonicMs,
  wallAt: 1e12 + monotonicMs,
  random: 0,
});
const known = (value: boolean): Reading => ({ kind: "known", value });

function fact(signal: string, reading: Reading): Fact {
  const evidence = { sha256: "0".repeat(64), bytes: 0, tookMs: 1 };
  const freshForMs = entryOf(signal)?.freshForMs ?? 0;
  const collector = "test";
  return {
    signal,
    reading,
    observedAt: 1,
    freshForMs,
    source: "os",
    collector,
    collectorVersion: 1,
    evidence,
  };
}

/** Drives one machine; answers are given by the test. */
function machine(start = 0) {
  let state: PostureState = createPosture("linux", at(start));
  const feed = (event: PostureInput, now: number): readonly PostureEffect[] => {
    const step = transition(state, event, at(now));
    state = step.state;
    return step.effects;
  };
  const requests = (effects: readonly PostureEffect[]): readonly CollectRequest[] =>
    effects.flatMap((effect) => (effect.kind === "collect" ? [effect.request] : []));
  const news = (effects: readonly PostureEffect[]): readonly (readonly [string, Reading])[] =>
    effects.flatMap((effect) =>
      effect.kind === "publish"
        ? effect.facts.map((told) => [told.signal, told.reading] as const)
        : [],
    );
  const answer = (run: CollectRequest, value: boolean, now: number) =>
    feed(
      {
        kind: "collected",
        answer: {
          run: run.run,
          collector: run.collector,
          facts: run.signals.map((signal) => fact(signal, known(value))),
          failed: null,
        },
      },
      now,
    );
  return { feed, answer, requests, news, state: () => state };
}

const firewall = ["firewall.enabled", "firewall.ipv4", "firewall.ipv6"];

function settledFirewall() {
  const posture = machine();
  const first = posture.requests(posture.feed({ kind: "tick" }, 0));
  const run = first.find((request) => request.collector === "firewall");
  if (run === undefined) throw new Error("the firewall was not asked");
  posture.answer(run, true, 5);
  const change = (now: number) =>
    posture
      .requests(posture.feed({ kind: "changed", signals: ["firewall.ipv4"] }, now))
      .filter((request) => request.collector === "firewall");
  const tick = (now: number) =>
    posture
      .requests(posture.feed({ kind: "tick" }, now))
      .filter((request) => request.collector === "firewall");
  return { ...posture, change, tick };
}

test("at the start every group is read at once", () => {
  const posture = machine();
  const collectors = posture
    .requests(posture.feed({ kind: "tick" }, 0))
    .map((run) => run.collector);
  expect(new Set(collectors)).toEqual(new Set(groupsOf("linux").map((group) => group.collector)));
  expect(collectors).toContain("patches");
});

test("the first event runs at once and only changed readings are news", () => {
  const posture = settledFirewall();
  const [run] = posture.change(1_000);
  expect(run?.signals).toEqual(firewall);
  expect(posture.news(posture.answer(run!, true, 1_004))).toEqual([]);
  const [next] = posture.change(2_000);
  expect(posture.news(posture.answer(next!, false, 2_004))).toEqual(
    firewall.map((signal) => [signal, known(false)]),
  );
});

test("facts found in a quicker way are news at once and are looked at again before the floor poll", () => {
  const posture = machine();
  const [run] = posture
    .requests(posture.feed({ kind: "tick" }, 0))
    .filter(({ collector }) => collector === "patches");
  const facts = run!.signals.map((signal) => fact(signal, { kind: "known", value: 3 }));
  const answer = { run: run!.run, collector: run!.collector, facts, failed: null };
  const told = posture.feed({ kind: "collected", answer: { ...answer, again: true } }, 5);
  expect(posture.news(told)).toContainEqual(["os.security_updates", { kind: "known", value: 3 }]);
  const patches = (now: number) =>
    posture
      .requests(posture.feed({ kind: "tick" }, now))
      .filter(({ collector }) => collector === "patches");
  expect(patches(5 * 60_000)).toEqual([]);
  expect(patches(6 * 60_000 + 5)).toHaveLength(1);
});

test("followers within 200 ms share one later run", () => {
  const posture = settledFirewall();
  const [run] = posture.change(1_000);
  posture.answer(run!, true, 1_010);
  expect(posture.change(1_050)).toEqual([]);
  expect(posture.change(1_060)).toEqual([]);
  expect(nextDeadline(posture.state())?.at).toBe(1_200);
  expect(posture.tick(1_199)).toEqual([]);
  expect(posture.tick(1_200)).toHaveLength(1);
});

test("an event during a run is followed by another run", () => {
  const posture = settledFirewall();
  const [run] = posture.change(1_000);
  expect(posture.change(1_005)).toEqual([]);
  posture.answer(run!, true, 1_300);
  expect(posture.tick(1_300)).toEqual([]);
  const restarted = posture.state().groups.find((group) => group.group.collector === "firewall");
  expect(restarted?.phase).toMatchObject({ kind: "running", run: run!.run + 1 });
});

test("a flood is limited to ten runs, then unknown(rate_limited), then read again", () => {
  const posture = settledFirewall();
  let runs = 0;
  const told: (readonly [string, Reading])[] = [];
  for (let now = 1_000; now < 4_000; now += 10) {
    for (const effect of posture.feed({ kind: "changed", signals: firewall }, now)) {
      if (effect.kind === "publish") told.push(...posture.news([effect]));
      else {
        runs++;
        told.push(...posture.news(posture.answer(effect.request, true, now + 1)));
      }
    }
  }
  expect(runs).toBeLessThanOrEqual(13);
  expect(told).toEqual(
    firewall.map((signal) => [signal, { kind: "unknown", reason: "rate_limited" }]),
  );
  const [run] = posture.tick(10_000);
  expect(posture.news(posture.answer(run!, true, 10_005))).toEqual(
    firewall.map((signal) => [signal, known(true)]),
  );
});

test("the floor poll comes without any event", () => {
  const posture = settledFirewall();
  expect(posture.tick(60_000)).toEqual([]);
  expect(posture.tick(60_005)).toHaveLength(1);
});

test("a collector that fails keeps the last value until it grows old, then says why", () => {
  const posture = settledFirewall();
  const readingNow = () =>
    factsOf(posture.state()).find((held) => held.signal === "firewall.ipv4")?.reading;
  for (const now of [60_005, 120_006]) {
    const [run] = posture.tick(now);
    const answer = {
      run: run!.run,
      collector: run!.collector,
      facts: [],
      failed: "permission",
    } as const;
    expect(posture.news(posture.feed({ kind: "collected", answer }, now + 1))).toEqual([]);
    expect(readingNow()).toEqual(known(true));
  }
  const silence = posture.news(posture.feed({ kind: "tick" }, 150_005));
  expect(silence).toContainEqual(["firewall.ipv4", { kind: "unknown", reason: "permission" }]);
});

test("a hung collector is given up and asked again; its late answer counts for nothing", () => {
  const posture = machine();
  const [hung] = posture.requests(posture.feed({ kind: "tick" }, 0));
  const until = hung!.deadlineMs + 1_000;
  const effects = posture.feed({ kind: "tick" }, until);
  expect(posture.news(effects)).toContainEqual([
    hung!.signals[0],
    { kind: "unknown", reason: "timeout" },
  ]);
  expect(posture.news(posture.answer(hung!, true, until + 1))).toEqual([]);
});

test("values that break the catalogue are unknown(parse), unknown signals are dropped", () => {
  const posture = machine();
  const facts = [
    fact("os.security_updates", { kind: "known", value: "none" }),
    fact("made.up", known(true)),
  ];
  expect(posture.news(posture.feed({ kind: "reported", facts }, 1))).toEqual([
    ["os.security_updates", { kind: "unknown", reason: "parse" }],
  ]);
});

test("news that can close access come first", () => {
  const posture = machine();
  const facts = [
    fact("disk.encrypted", known(false)),
    fact("firewall.ipv6", known(true)),
    fact("firewall.enabled", known(false)),
  ];
  const told = posture.news(posture.feed({ kind: "reported", facts }, 1)).map(([signal]) => signal);
  expect(told).toEqual(["firewall.enabled", "firewall.ipv6", "disk.encrypted"]);
});

test("a beat tells the age of the oldest look of each tier and the text of all readings", () => {
  const posture = settledFirewall();
  posture.feed({ kind: "reported", facts: [fact("route.tampered", known(false))] }, 3_000);
  const beat = beatOf(posture.state(), at(4_000));
  expect(beat.checkedAgeMs).toEqual({ hot: 3_995, warm: 0, cold: 0 });
  expect(beat.factsText).toContain('["route.tampered",{"kind":"known","value":false}]');
});

test("whatever happens, no group runs twice at once and a deadline is always known", () => {
  const event = fc.oneof(
    fc.constant<PostureInput>({ kind: "tick" }),
    fc.constant<PostureInput>({ kind: "recheck" }),
    fc.constant<PostureInput>({ kind: "changed", signals: ["firewall.ipv6", "edr.running"] }),
    fc.constant("answer" as const),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(5_000)), { maxLength: 200 }), (script) => {
      const posture = machine();
      const open = new Map<string, CollectRequest>();
      let now = 0;
      for (const [what, wait] of script) {
        now += wait;
        const [request] = open.values();
        if (what === "answer" && request === undefined) continue;
        if (what === "answer") open.delete(request!.collector);
        const effects =
          what === "answer" ? posture.answer(request!, true, now) : posture.feed(what, now);
        for (const asked of posture.requests(effects)) {
          const former = open.get(asked.collector);
          if (former !== undefined) expect(former.deadlineMs).toBeLessThan(now);
          open.set(asked.collector, asked);
        }
        expect(nextDeadline(posture.state())).not.toBeNull();
      }
    }),
  );
});

test("a firewall that could not be read once is read again within a second, not at the floor poll", () => {
  const posture = settledFirewall();
  const [run] = posture.change(1_000);
  const reading = { kind: "unknown", reason: "timeout" } as const;
  const facts = firewall.map((signal) => fact(signal, reading));
  const answer = { run: run!.run, collector: "firewall", facts, failed: null } as const;
  expect(posture.news(posture.feed({ kind: "collected", answer }, 1_100))).toHaveLength(3);
  expect(posture.tick(2_050)).toEqual([]);
  const [again] = posture.tick(2_100);
  expect(posture.news(posture.answer(again!, true, 2_110))).toContainEqual([
    "firewall.enabled",
    known(true),
  ]);
});

test("with PostureChecking never nothing is looked at, what was read grows old, and always begins anew", () => {
  const full = transition(createPosture("linux", at(0)), { kind: "tick" }, at(0)).state;
  const known = transition(
    full,
    { kind: "reported", facts: [fact("firewall.enabled", { kind: "known", value: true })] },
    at(1),
  ).state;
  const off = setChecking(known, false, at(2));
  for (const event of [
    { kind: "tick" },
    { kind: "recheck" },
    { kind: "changed", signals: ["firewall.enabled"] },
  ] as const) {
    expect(transition(off, event, at(3)).effects).toEqual([]);
  }
  expect(factsOf(off)).toHaveLength(1);
  expect(
    factsOf(transition(off, { kind: "tick" }, at(10 * 86_400_000)).state)[0]?.reading.kind,
  ).toBe("unknown");
  const on = transition(setChecking(off, true, at(4)), { kind: "tick" }, at(4));
  expect(on.effects.filter(({ kind }) => kind === "collect").length).toBeGreaterThan(0);
});
