import { expect, test } from "vitest";
import { frameOf, linked, runSteps } from "../../../test/fakes/agent-run.ts";
import { agentOf, moment, verdictOf, welcomeAt } from "../../../test/fakes/agent-samples.ts";
import type { NetdAnswer } from "../netd.ts";
import { statusOf } from "./status.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: 1, steps: [], observed: null };
const held = { ...verdictOf({}), held: "quarantined" } as const;
const topic = { kind: "config", version: 7 } as const;

test("a gateway that is held says who holds it and what to do, and is connected again when released", () => {
  const told = runSteps(agentOf("gateway"), [
    ...linked,
    [{ kind: "netdAnswered", topic, answer: good }, 4],
    [frameOf(held), 5],
  ]).state;
  expect(statusOf(told, moment(6))).toMatchObject({
    state: "blocked",
    warnings: [{ code: "SP-417", params: { role: "gateway" } }],
  });
  const released = runSteps(told, [[frameOf(verdictOf({})), 7]]).state;
  expect(statusOf(released, moment(8))).toMatchObject({ state: "connected", warnings: [] });
});

test("held before it got any configuration, it does not say that it is connecting", () => {
  const told = runSteps(agentOf("gateway"), [...linked, [frameOf(held), 5]]).state;
  expect(statusOf(told, moment(6))).toMatchObject({ state: "blocked" });
});

test("a gateway that was released while it was away is told nothing, and holds nothing against itself", () => {
  const told = runSteps(agentOf("gateway"), [...linked, [frameOf(held), 5]]);
  expect(told.effects.map(({ kind }) => kind)).not.toContain("keepVerdict");
  const closed = { kind: "linkClosed", connection: 1, code: 1006, error: null } as const;
  const away = runSteps(told.state, [
    [closed, 6],
    [{ kind: "tick" }, 60_000],
  ]).state;
  const { connection } = away.link;
  const message = welcomeAt(60_002);
  const back = runSteps(away, [
    [{ kind: "linkOpened", connection }, 60_001],
    [{ kind: "frame", connection, message, configVersion: 7 }, 60_002],
  ]).state;
  expect(back.link.phase.kind).toBe("up");
  expect(statusOf(back, moment(60_003))).toMatchObject({ warnings: [] });
});

test("a device that is held reads so, although it may reach nothing anyhow", () => {
  const told = runSteps(agentOf("device"), [...linked, [frameOf(held), 5]]).state;
  expect(statusOf(told, moment(6))).toMatchObject({
    state: "blocked",
    warnings: [{ code: "SP-417", params: { role: "device" } }],
  });
});
