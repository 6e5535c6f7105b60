import fc from "fast-check";
import { expect, test } from "vitest";
import { runThrough as run } from "../../test/fakes/agent-run.ts";
import { agentOf, welcomeAt } from "../../test/fakes/agent-samples.ts";
import { agentMessage } from "#shared/protocol/agent-message.ts";
import { nextDeadline } from "./agent.ts";
import type { AgentEffect } from "./effect.ts";
import type { AgentEvent } from "./event.ts";
import { inventoryOf } from "./inventory.ts";

const observed = {
  wireguard: "none",
  configVersion: 0,
  guard: { table: true, rules: true },
  routes: [],
  peers: [],
  grants: [],
  findings: [],
} as const;
const seen: AgentEvent = {
  kind: "netdAnswered",
  topic: { kind: "telemetry" },
  answer: { ok: true, error: null, kernelAtMs: null, steps: [], observed },
};
const welcome = (connection: number, at: number): AgentEvent => ({
  kind: "frame",
  connection,
  message: welcomeAt(at),
  configVersion: 0,
});

const asked = (effects: readonly AgentEffect[]) =>
  effects.filter(({ kind }) => kind === "inventory").length;
const told = (effects: readonly AgentEffect[]) =>
  effects.flatMap((effect) =>
    effect.kind === "send" && effect.message.kind === "telemetry" ? [effect.message.inventory] : [],
  );
const started: AgentEvent = { kind: "started", enrolling: false, spoolCorrupt: false };
const tick: AgentEvent = { kind: "tick" };
const raw = { system: { model: "T14" }, mem: { total: 2 ** 34 } };

test("is asked a minute after the start and then once a day", () => {
  const first = run(agentOf("device"), [
    [started, 0],
    [tick, 10],
    [tick, 60_000],
  ]);
  expect(asked(first.effects)).toBe(0);
  expect(nextDeadline(first.state)?.at).toBeLessThanOrEqual(60_010);
  const second = run(first.state, [
    [tick, 60_010],
    [tick, 120_000],
  ]);
  expect(asked(second.effects)).toBe(1);
  expect(asked(run(second.state, [[tick, 86_400_000]]).effects)).toBe(0);
  expect(asked(run(second.state, [[tick, 86_460_010]]).effects)).toBe(1);
});

test("is told once on each connection, with the telemetry", () => {
  const online = run(agentOf("device"), [
    [started, 0],
    [{ kind: "linkOpened", connection: 1 }, 2],
    [welcome(1, 3), 3],
    [seen, 4],
    [{ kind: "inventoried", raw }, 5],
    [seen, 6],
    [seen, 7],
    [{ kind: "inventoried", raw: null }, 8],
    [seen, 9],
  ]);
  const parts = { "system.model": "T14", "memory.mib": "16384" };
  expect(told(online.effects)).toEqual([undefined, parts, undefined, undefined]);
});

test("whatever the collector says, what is told keeps to the protocol", () => {
  const names = fc.constantFrom("system", "cpu", "mem", "diskLayout", "bios", "osInfo");
  fc.assert(
    fc.property(fc.dictionary(names, fc.jsonValue()), (words) => {
      const inventory = inventoryOf(words);
      const message = { kind: "telemetry", peers: [], netd: { wireguard: "none", healthy: true } };
      expect(agentMessage.safeParse({ ...message, inventory }).success).toBe(true);
    }),
  );
  const flags = { cpu: { brand: "x\u001b[2J".padEnd(999, "y"), flags: "vmx" } };
  expect(inventoryOf(flags)).toEqual({ "cpu.model": `x[2J${"y".repeat(252)}` });
});
