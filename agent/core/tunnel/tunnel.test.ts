import fc from "fast-check";
import { expect, test } from "vitest";
import { moment, verdictOf } from "../../../test/fakes/agent-samples.ts";
import type { NetdAnswer } from "../netd.ts";
import { signedOutTunnel, tunnelDeadline, type TunnelEvent, tunnelTransition } from "./tunnel.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: 1, steps: [], observed: null };
const refused: NetdAnswer = {
  ...good,
  ok: false,
  error: { code: "ceiling", at: "sites[0]", detail: "outside" },
};
const halved = partOf("routes", "RTNETLINK answers: busy");

function partOf(name: string, detail: string): NetdAnswer {
  const steps = [
    { name: "rules", result: "ok" },
    { name, result: "failed", detail },
  ];
  return { ...good, steps };
}

const joined: TunnelEvent = { kind: "joined", role: "device" };
const netdReady: TunnelEvent = { kind: "netdReady", wireguard: "kernel", configVersion: 0 };
const config: TunnelEvent = { kind: "configReceived", config: { version: 7, jws: "a.b.c" } };
const answered = (answer: NetdAnswer): TunnelEvent => ({
  kind: "configAnswered",
  version: 7,
  answer,
});
const verdict = (states: Parameters<typeof verdictOf>[0]): TunnelEvent => ({
  kind: "verdictReceived",
  verdict: verdictOf(states),
});

const unnamed = (db: "open" | "blocked", open: number, closed: number): TunnelEvent => ({
  kind: "verdictReceived",
  verdict: { ...verdictOf({ db }), unnamed: { open, closed } },
});

function run(events: readonly TunnelEvent[], wish: "up" | "down" = "up") {
  let state = signedOutTunnel(wish);
  let effects: ReturnType<typeof tunnelTransition>["effects"] = [];
  for (const event of events) {
    const step = tunnelTransition(state, event, moment(0));
    state = step.state;
    effects = step.effects;
  }
  return { state, effects };
}

const connected = [
  netdReady,
  joined,
  { kind: "linkUp" },
  config,
  answered(good),
  verdict({ db: "open" }),
] as const satisfies readonly TunnelEvent[];

const table: readonly (readonly [string, readonly TunnelEvent[], string])[] = [
  ["nothing happened", [], "signedOut"],
  ["a member without a configuration", [netdReady, joined], "connecting"],
  ["everything open", connected, "connected"],
  ["one of two open", [...connected, verdict({ db: "open", web: "blocked" })], "narrowed"],
  ["nothing open", [...connected, verdict({ db: "blocked" })], "blocked"],
  ["more than is named, closed", [...connected, unnamed("open", 0, 1)], "narrowed"],
  ["more than is named, open", [...connected, unnamed("open", 2, 0)], "connected"],
  ["open what is not named alone", [...connected, unnamed("blocked", 2, 0)], "narrowed"],
  ["down by the user", [...connected, { kind: "wished", wish: "down" }], "blocked"],
  ["revoked", [...connected, { kind: "linkDown", revoked: true }], "blocked"],
  ["a configuration that netd refused", [...connected, answered(refused)], "cannotEnforce"],
  ["routes that could not be set", [...connected, answered(halved)], "blocked"],
  ["a guard that failed", [...connected, answered(partOf("guard", "nft"))], "cannotEnforce"],
  ["names that are not served", [...connected, answered(partOf("names", "taken"))], "narrowed"],
  [
    "routes that could be set in the end",
    [...connected, answered(halved), answered(good)],
    "connected",
  ],
  [
    "netd gone",
    [...connected, { kind: "netdLost", because: { code: "SP-401", params: {} } }],
    "cannotEnforce",
  ],
  [
    "no WireGuard",
    [{ kind: "netdReady", wireguard: "none", configVersion: 0 }, joined],
    "cannotEnforce",
  ],
  ["left", [...connected, { kind: "left" }], "signedOut"],
];

test("what was refused before its key was known is handed over again with the trust set that knows it", () => {
  const trustTaken: TunnelEvent = { kind: "trustTaken" };
  const { effects } = run([netdReady, joined, config, answered(refused), trustTaken]);
  expect(effects).toMatchObject([{ request: { verb: "config", jws: "a.b.c" } }]);
  expect(run([...connected, trustTaken]).effects).toEqual([]);
});

test.each(table)("%s: %#", (_what, events, phase) => {
  expect(run(events).state.phase.kind).toBe(phase);
});

test("says of a system without a tunnel that there is none, not that a module is missing", () => {
  const because = (os: string, why?: string) =>
    run([{ kind: "netdReady", wireguard: "none", why, os, configVersion: 0 }]).state.netd.because;
  const why = "it is not built for this system yet";
  expect(because("windows", why)).toEqual({ code: "SP-427", params: { os: "windows", why } });
  expect(because("linux")).toEqual({ code: "SP-403", params: {} });
  const without: TunnelEvent = {
    kind: "netdReady",
    wireguard: "none",
    why: "it is not built for this system yet",
    os: "windows",
    configVersion: 0,
  };
  const reached = run([without, joined, config]);
  expect(reached.state.phase.kind).toBe("cannotEnforce");
  expect(reached.effects).toEqual([]);
});

test("is offline once a lost link has outlived the leases", () => {
  const { state } = run([...connected, { kind: "linkDown", revoked: false }]);
  expect(state.phase.kind).toBe("connected");
  expect(tunnelDeadline(state)).toEqual({ at: 120_000, reason: "leases run out" });
  const later = tunnelTransition(state, { kind: "tick" }, moment(120_000));
  expect(later.state.phase.kind).toBe("offline");
  expect(tunnelDeadline(later.state)?.at).toBe(3_600_000);
  const over = tunnelTransition(later.state, { kind: "tick" }, moment(3_600_000));
  expect(over.state.phase).toMatchObject({ kind: "offline", nextEndMs: null });
  expect(tunnelDeadline(over.state)).toBeNull();
});

test("hands a configuration over as soon as netd is there, and again when netd came back", () => {
  const request = { verb: "config", jws: "a.b.c" };
  expect(run([joined, config]).effects).toEqual([]);
  expect(run([joined, config, netdReady]).effects).toMatchObject([{ request }, {}]);
  expect(run([...connected, netdReady]).effects).toMatchObject([{ request }, {}]);
});

test("a configuration that came in part is asked for again, later each time, until it is whole", () => {
  const request = { verb: "config", jws: "a.b.c" };
  let { state } = run([...connected, answered(halved)]);
  const waits: number[] = [];
  let nowMs = 0;
  for (let tried = 0; tried < 12; tried += 1) {
    const deadline = tunnelDeadline(state);
    expect(deadline?.reason).toBe("apply again");
    const dueMs = deadline?.at ?? Number.NaN;
    const early = tunnelTransition(state, { kind: "tick" }, moment(dueMs - 1));
    expect(early.effects).toEqual([]);
    const due = tunnelTransition(early.state, { kind: "tick" }, moment(dueMs));
    expect(due.effects).toMatchObject([{ request }]);
    expect(tunnelDeadline(due.state)).toBeNull();
    waits.push(dueMs - nowMs);
    nowMs = dueMs;
    state = tunnelTransition(due.state, answered(halved), moment(nowMs)).state;
  }
  expect(waits[0]).toBe(1_000);
  expect(waits.toSorted((left, right) => left - right)).toEqual(waits);
  expect(waits.at(-1)).toBe(60_000);
  const whole = tunnelTransition(state, answered(good), moment(nowMs)).state;
  expect(tunnelDeadline(whole)).toBeNull();
  expect(whole.phase.kind).toBe("connected");
});

test("a change of the machine's network has it asked for at once, but once a second at most", () => {
  const failed = run([...connected, answered(halved), answered(halved), answered(halved)]).state;
  const soon = tunnelTransition(failed, { kind: "networkChanged" }, moment(200));
  expect(soon.effects).toEqual([]);
  expect(tunnelDeadline(soon.state)?.at).toBe(1_000);
  const later = tunnelTransition(failed, { kind: "networkChanged" }, moment(1_300));
  expect(later.effects).toMatchObject([{ request: { verb: "config" } }]);
  const flapping = tunnelTransition(later.state, { kind: "networkChanged" }, moment(1_301));
  expect(flapping.effects).toEqual([]);
  expect(run([...connected, { kind: "networkChanged" }]).effects).toEqual([]);
});

test("what netd refuses for good is not asked for again; a full disk is", () => {
  expect(tunnelDeadline(run([...connected, answered(refused)]).state)).toBeNull();
  const full = { ...refused, error: { code: "no_space", at: "store", detail: "" } };
  expect(tunnelDeadline(run([...connected, answered(full)]).state)?.reason).toBe("apply again");
  const gone: TunnelEvent = { kind: "netdLost", because: { code: "SP-401", params: {} } };
  expect(tunnelDeadline(run([...connected, answered(full), gone]).state)).toBeNull();
});

test("tells netd that the link survived a configuration, once, and when the link is lost", () => {
  const up = { kind: "netd", request: { verb: "link", up: true }, topic: { kind: "link" } };
  expect(run([netdReady, joined, { kind: "linkUp" }]).effects).toEqual([up]);
  expect(run([...connected, { kind: "linkProved" }]).effects).toEqual([up]);
  expect(run([...connected, { kind: "linkProved" }, { kind: "linkProved" }]).effects).toEqual([]);
  expect(run([...connected, { kind: "linkDown", revoked: false }]).effects).toEqual([
    { ...up, request: { verb: "link", up: false } },
  ]);
});

test("has netd close everything when the device is revoked", () => {
  expect(run([...connected, { kind: "linkDown", revoked: true }]).effects).toContainEqual({
    kind: "netd",
    request: { verb: "narrow", what: "block" },
    topic: { kind: "narrow", what: "block" },
  });
});

test("hands no configuration over between down and up, or after a revocation, whatever comes", () => {
  const event = fc.constantFrom<TunnelEvent>(
    netdReady,
    joined,
    config,
    answered(good),
    answered(refused),
    answered(halved),
    { kind: "networkChanged" },
    verdict({ db: "open" }),
    { kind: "linkUp" },
    { kind: "linkProved" },
    { kind: "linkDown", revoked: false },
    { kind: "linkDown", revoked: true },
    { kind: "netdLost", because: { code: "SP-401", params: {} } },
    { kind: "wished", wish: "down" },
    { kind: "wished", wish: "up" },
    { kind: "left" },
    { kind: "tick" },
  );
  fc.assert(
    fc.property(fc.boolean(), fc.array(event, { maxLength: 40 }), (isConnected, events) => {
      let state = signedOutTunnel("up");
      const all = isConnected ? [...connected, ...events] : events;
      for (const [index, next] of all.entries()) {
        const step = tunnelTransition(state, next, moment(index * 5_000));
        state = step.state;
        const opens = step.effects.some((effect) => effect.request.verb === "config");
        if (state.wish === "down" || state.role === null || state.revoked) {
          expect(opens).toBe(false);
          expect(["signedOut", "blocked", "cannotEnforce"]).toContain(state.phase.kind);
        }
        if (!state.netd.ready) expect(step.effects).toEqual([]);
      }
    }),
  );
});
