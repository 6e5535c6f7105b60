import { expect, test } from "vitest";
import { moment, verdictOf } from "../../../test/fakes/agent-samples.ts";
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
  return resourcesOf(state).map(({ name, state: at, reasons }) => [name, at, reasons[0]?.code]);
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
  ["leases run out", [{ kind: "linkDown", revoked: false }], 120_000, "offline"],
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

test("up again, the verdict counts again", () => {
  expect(
    told([
      { kind: "wished", wish: "down" },
      { kind: "wished", wish: "up" },
    ])[0],
  ).toEqual(["wiki", "open", undefined]);
});
