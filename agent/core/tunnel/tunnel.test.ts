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
const halved: NetdAnswer = { ...good, steps: [{ name: "routes", result: "failed" }] };

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
  ["down by the user", [...connected, { kind: "wished", wish: "down" }], "blocked"],
  ["revoked", [...connected, { kind: "linkDown", revoked: true }], "blocked"],
  ["a configuration that netd refused", [...connected, answered(refused)], "cannotEnforce"],
  ["a configuration applied in part", [...connected, answered(halved)], "narrowed"],
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

test.each(table)("%s: %#", (_what, events, phase) => {
  expect(run(events).state.phase.kind).toBe(phase);
});

test("is offline once a lost link has outlived the leases", () => {
  const { state } = run([...connected, { kind: "linkDown", revoked: false }]);
  expect(state.phase.kind).toBe("connected");
  expect(tunnelDeadline(state)).toEqual({ at: 120_000, reason: "leases run out" });
  const later = tunnelTransition(state, { kind: "tick" }, moment(120_000));
  expect(later.state.phase.kind).toBe("offline");
  expect(tunnelDeadline(later.state)).toBeNull();
});

test("hands a configuration over as soon as netd is there, and again when netd came back", () => {
  const request = { verb: "config", jws: "a.b.c" };
  expect(run([joined, config]).effects).toEqual([]);
  expect(run([joined, config, netdReady]).effects).toMatchObject([{ request }, {}]);
  expect(run([...connected, netdReady]).effects).toMatchObject([{ request }, {}]);
});

test("tells netd that the link survived a configuration, once, and when the link is lost", () => {
  const up = { kind: "netd", request: { verb: "link", up: true }, topic: { kind: "link" } };
  expect(run([...connected, { kind: "linkProved" }]).effects).toEqual([up]);
  expect(run([...connected, { kind: "linkProved" }, { kind: "linkProved" }]).effects).toEqual([]);
  expect(run([...connected, { kind: "linkDown", revoked: false }]).effects).toEqual([
    { ...up, request: { verb: "link", up: false } },
  ]);
});

test("hands no configuration over between down and up, or after a revocation, whatever comes", () => {
  const event = fc.constantFrom<TunnelEvent>(
    netdReady,
    joined,
    config,
    answered(good),
    answered(refused),
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
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let state = signedOutTunnel("up");
      for (const next of events) {
        const step = tunnelTransition(state, next, moment(0));
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
