import { expect, test } from "vitest";
import { frameOf as frame, linked as up, runSteps as run } from "../../test/fakes/agent-run.ts";
import { agentOf, verdictOf } from "../../test/fakes/agent-samples.ts";
import type { AgentEvent } from "./event.ts";

test("hands a newer trust set to netd, keeps it, and says at the next hello that it has it", () => {
  const set = { version: 2 };
  const told = run(agentOf("device"), [...up, [frame({ kind: "trust", set }), 5]]);
  expect(told.effects).toMatchObject([
    { kind: "netd", request: { verb: "trust", set } },
    { kind: "storeTrust", set },
  ]);
  const lost = { kind: "netdLost", because: { code: "SP-401", params: { socket: "s", why: "w" } } };
  const again = run(told.state, [
    [lost as AgentEvent, 6],
    [{ kind: "netdReady", wireguard: "kernel", configVersion: 0 }, 7],
  ]);
  expect(again.effects).toContainEqual(
    expect.objectContaining({ request: { verb: "trust", set } }),
  );
  const closed = { kind: "linkClosed", connection: 1, code: 1006, error: null } as const;
  const reconnected = run(again.state, [
    [closed, 8],
    [{ kind: "tick" }, 60_000],
    [{ kind: "linkOpened", connection: again.state.link.connection + 2 }, 60_001],
  ]);
  expect(reconnected.effects).toMatchObject([
    { kind: "send", message: { kind: "hello", trustVersion: 2 } },
  ]);
});

test("has both texts logged of a signal that turned good right after a denial", () => {
  const verdict = (met: boolean, at: number): readonly [AgentEvent, number] => {
    const needs = [{ signal: "firewall.enabled", met }];
    const levels = [{ id: "good", verdict: met ? "met" : "notMet", needs }] as const;
    const message = { ...verdictOf({ wiki: met ? "open" : "blocked" }), levels: [...levels] };
    return [frame(message), at];
  };
  const notes = (...events: readonly (readonly [AgentEvent, number])[]) =>
    run(agentOf("device"), [...up, ...events]).effects.filter(({ kind }) => kind === "noteTurn");
  expect(notes(verdict(false, 1_000), verdict(true, 6_000))).toEqual([
    { kind: "noteTurn", signal: "firewall.enabled" },
  ]);
  expect(notes(verdict(false, 1_000), verdict(true, 60_000))).toEqual([]);
});
