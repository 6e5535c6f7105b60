import { expect, test } from "vitest";
import { moment, startAt, verdictOf } from "../../../test/fakes/agent-samples.ts";
import type { NetdAnswer } from "../netd.ts";
import { signedOutTunnel, type TunnelEvent, tunnelTransition } from "../tunnel/tunnel.ts";
import { resourcesOf } from "./resources.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: 1, steps: [], observed: null };
const partOf = (name: string): NetdAnswer => ({ ...good, steps: [{ name, result: "failed" }] });
const full = { code: "no_space", at: "store", detail: "" };
const answered = (answer: NetdAnswer): TunnelEvent => ({
  kind: "configAnswered",
  version: 7,
  answer,
});
const connected: readonly TunnelEvent[] = [
  { kind: "netdReady", wireguard: "kernel", configVersion: 0 },
  { kind: "joined", role: "device" },
  { kind: "linkUp" },
  { kind: "configReceived", config: { version: 7, jws: "a.b.c" } },
  answered(good),
  { kind: "verdictReceived", verdict: verdictOf({ wiki: "open", db: "blocked" }) },
];

function told(events: readonly TunnelEvent[], endMs = 0) {
  let state = signedOutTunnel("up");
  for (const event of [...connected, ...events]) {
    state = tunnelTransition(state, event, moment(0)).state;
  }
  state = tunnelTransition(state, { kind: "tick" }, moment(endMs)).state;
  return resourcesOf(state, moment(endMs)).map(({ name, state: at, reasons }) => [
    name,
    at,
    reasons[0]?.code,
  ]);
}

test("the verdict stands while nothing here overrules it", () => {
  expect(told([])).toEqual([
    ["wiki", "open", undefined],
    ["db", "blocked", undefined],
  ]);
});

const overruled: readonly (readonly [string, readonly TunnelEvent[], number, string])[] = [
  ["taken down", [{ kind: "wished", wish: "down" }], 0, "user_down"],
  ["a disk that is full", [answered({ ...good, ok: false, error: full })], 0, "not_enforced"],
  ["an occupied interface", [answered(partOf("link"))], 0, "not_enforced"],
  ["a guard that failed", [answered(partOf("guard"))], 0, "not_enforced"],
  ["netd gone", [{ kind: "netdLost", because: { code: "SP-401", params: {} } }], 0, "not_enforced"],
  ["revoked", [{ kind: "linkDown", revoked: true }], 0, "revoked"],
  ["all that was signed run out", [{ kind: "linkDown", revoked: false }], 3_600_000, "offline"],
];
test.each(overruled)("with %s no resource is called open", (_what, events, endMs, code) => {
  expect(told(events, endMs)).toEqual([
    ["wiki", "blocked", code],
    ["db", "blocked", code],
  ]);
});

test("where only names are not served, what is open says so and stays open", () => {
  expect(told([answered(partOf("names"))])).toEqual([
    ["wiki", "open", "names_unserved"],
    ["db", "blocked", undefined],
  ]);
});

test("what gateways let through without the controller is called open, until when it ends at most", () => {
  const signed = { leaseSeconds: 120, toleranceSeconds: 900, validUntilAt: startAt + 43_200_000 };
  const resources = verdictOf({ wiki: "open", pay: "open", db: "blocked" }).resources.map(
    (one) => ({
      ...one,
      ...signed,
      ...(one.name === "pay" ? { toleranceSeconds: 0 } : {}),
    }),
  );
  const lost: readonly TunnelEvent[] = [
    { kind: "verdictReceived", verdict: { ...verdictOf({}), resources } },
    { kind: "linkDown", revoked: false },
  ];
  const at = (endMs: number) => told(lost, endMs);
  expect(at(1)).toEqual([
    ["wiki", "open", "runs_on"],
    ["pay", "open", "runs_on"],
    ["db", "blocked", undefined],
  ]);
  expect(at(164_999)[1]).toEqual(["pay", "open", "runs_on"]);
  expect(at(165_000)).toEqual([
    ["wiki", "open", "runs_on"],
    ["pay", "blocked", "offline"],
    ["db", "blocked", "offline"],
  ]);
  expect(at(900_000)[0]).toEqual(["wiki", "blocked", "offline"]);
});

test("a device that was revoked reads it once", () => {
  const revoked = { code: "revoked", params: {} } as const;
  const [wiki] = verdictOf({ wiki: "blocked" }).resources;
  const resources = wiki === undefined ? [] : [{ ...wiki, reasons: [revoked] }];
  let state = signedOutTunnel("up");
  for (const event of [
    ...connected,
    { kind: "verdictReceived", verdict: { ...verdictOf({}), resources } },
    { kind: "linkDown", revoked: true },
  ] as const) {
    state = tunnelTransition(state, event, moment(0)).state;
  }
  expect(resourcesOf(state, moment(0))).toMatchObject([{ reasons: [revoked] }]);
  expect(resourcesOf(state, moment(0))[0]?.reasons).toHaveLength(1);
});

test("up again, the verdict counts again", () => {
  expect(
    told([
      { kind: "wished", wish: "down" },
      { kind: "wished", wish: "up" },
    ])[0],
  ).toEqual(["wiki", "open", undefined]);
});
