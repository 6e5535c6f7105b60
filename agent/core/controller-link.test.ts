import { expect, test } from "vitest";
import { frameOf as frame, linked as up, runSteps as run } from "../../test/fakes/agent-run.ts";
import { agentOf } from "../../test/fakes/agent-samples.ts";
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
