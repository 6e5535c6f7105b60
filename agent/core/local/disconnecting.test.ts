import { expect, test } from "vitest";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { agentOf, context } from "../../../test/fakes/agent-samples.ts";
import { nextDeadline, transition } from "../agent.ts";
import { plainSettings, type Settings } from "../settings.ts";
import type { AgentState } from "../state.ts";
import type { LocalRequest } from "./request.ts";

const ada = { uid: 1000, user: "ada" };
const root = { uid: 0, user: "root" };

function managed(more: Partial<Settings>): AgentState {
  const settings = { ...plainSettings(), managedBy: "Example Corp", ...more };
  const member = transition(
    agentOf("device", { settings }),
    { kind: "started", enrolling: false, spoolCorrupt: false },
    context(0),
  );
  return member.state;
}

function ask(state: AgentState, request: LocalRequest, { peer = ada, atMs = 1_000 } = {}) {
  return transition(state, { kind: "asked", client: 1, id: 1, peer, request }, context(atMs));
}

const down: LocalRequest = { verb: "down", reason: null };

test("what is always on stays on: for people and for root, with the setting named", () => {
  const state = managed({ alwaysOn: true, allowUserDisconnect: false });
  for (const peer of [ada, root]) {
    const step = ask(state, down, { peer });
    expect(step.state.tunnel.wish).toBe("up");
    expect(step.effects).toMatchObject([
      { answer: { ok: false, error: { code: "SP-420", params: { setting: "AlwaysOn=true" } } } },
    ]);
  }
});

test("where people may not disconnect, root still may", () => {
  const state = managed({ allowUserDisconnect: false });
  expect(ask(state, down).state.tunnel.wish).toBe("up");
  expect(ask(state, down, { peer: root }).state.tunnel.wish).toBe("down");
});

test("a reason is asked for before anything is taken down", () => {
  const state = managed({ disconnectRequiresReason: true });
  const bare = ask(state, { verb: "down", reason: "  " });
  expect(bare.effects).toMatchObject([{ answer: { ok: false, error: { code: "SP-704" } } }]);
  const said = ask(state, { verb: "down", reason: "the hotel's network" });
  expect(said.state.tunnel.wish).toBe("down");
});

test("the tunnel comes up by itself when the time is over, and not before", () => {
  const state = ask(managed({ reconnectAfterMs: 60_000 }), down).state;
  expect(nextDeadline(state)?.at).toBeLessThanOrEqual(61_000);
  expect(transition(state, { kind: "tick" }, context(60_999)).state.tunnel.wish).toBe("down");
  const over = transition(state, { kind: "tick" }, context(61_000));
  expect(over.state.tunnel.wish).toBe("up");
  expect(over.effects).toContainEqual({ kind: "saveWish", wish: "up" });
});

test("a setting that comes while the tunnel is down takes it up", () => {
  const state = ask(managed({}), down).state;
  const read = (more: Partial<Settings>) =>
    transition(
      state,
      { kind: "settingsRead", settings: { ...plainSettings(), ...more } },
      context(2_000),
    ).state.tunnel.wish;
  expect(read({})).toBe("down");
  expect(read({ alwaysOn: true, allowUserDisconnect: true })).toBe("down");
  expect(read({ alwaysOn: true, allowUserDisconnect: false })).toBe("up");
});

test("a key of device management that is none replaces what an earlier one was refused for", () => {
  const refused = { code: "SP-102", params: { keyId: "k1" } } as const;
  const state = { ...agentOf("device"), warnings: { enrolment: refused } };
  const problem = (name: string) => ({ code: "SP-130", params: { name, why: "x" } }) as const;
  const read = (found: ErrorRef) =>
    transition(
      state,
      { kind: "settingsRead", settings: { ...plainSettings(), problems: [found] } },
      context(2_000),
    ).state.warnings;
  expect(read(problem("EnrollmentKey"))).toEqual({});
  expect(read({ code: "SP-104", params: { why: "it was cut" } })).toEqual({});
  expect(read(problem("AlwaysOn"))).toEqual({ enrolment: refused });
});

test("PostureChecking holds from the start and from the moment it is read", () => {
  const groupsOf = (state: AgentState) => state.posture.groups.length;
  const never = { ...plainSettings(), postureChecking: false };
  const read = (state: AgentState, settings: Settings) =>
    transition(state, { kind: "settingsRead", settings }, context(2_000)).state;
  expect(groupsOf(agentOf("device", { settings: never }))).toBe(0);
  expect(groupsOf(read(managed({}), never))).toBe(0);
  expect(groupsOf(read(read(managed({}), never), plainSettings()))).toBeGreaterThan(0);
});

test("what is always on does not stay down over a start", () => {
  const started = { kind: "started", enrolling: false, spoolCorrupt: false } as const;
  const wishAfter = (settings: Settings) =>
    transition(agentOf("device", { wish: "down", settings }), started, context(0)).state.tunnel
      .wish;
  expect(wishAfter({ ...plainSettings(), alwaysOn: true })).toBe("up");
  expect(wishAfter(plainSettings())).toBe("down");
});

test("the status names what is locked; the table says who set what", () => {
  const rows = [{ key: "AlwaysOn", value: true, source: "managed" }] as const;
  const state = managed({ rows, supportUrl: "https://it.example.com/" });
  expect(ask(state, { verb: "status" }).effects).toMatchObject([
    {
      answer: {
        body: {
          status: {
            managed: ["AlwaysOn"],
            managedBy: "Example Corp",
            supportUrl: "https://it.example.com/",
            disconnect: { down: false, allowed: true, needsReason: false },
          },
        },
      },
    },
  ]);
  expect(ask(state, { verb: "settings" }).effects).toMatchObject([
    { answer: { ok: true, body: { schema: "sallyport.settings/1", settings: rows } } },
  ]);
});
