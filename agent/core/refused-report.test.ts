import { expect, test } from "vitest";
import { runThrough as run } from "../../test/fakes/agent-run.ts";
import { agentOf, context, factOf, welcomeAt } from "../../test/fakes/agent-samples.ts";
import { nextDeadline } from "./agent.ts";
import type { AgentEffect } from "./effect.ts";
import type { AgentEvent } from "./event.ts";
import { publish } from "./reporting.ts";

type Frame = Extract<AgentEvent, { kind: "frame" }>["message"];
const frame = (message: Frame): AgentEvent => ({
  kind: "frame",
  connection: 1,
  message,
  configVersion: 0,
});

const batchesOf = (effects: readonly AgentEffect[]) =>
  effects.flatMap((effect) => (effect.kind === "report" ? [effect.batch] : []));
const seqsOf = (effects: readonly AgentEffect[]) =>
  batchesOf(effects).map(({ events }) => events.map(({ seq }) => seq));
const refusal = (re: string) =>
  frame({ kind: "error", code: "SP-209", detail: "the signature is wrong", re });
const tick: AgentEvent = { kind: "tick" };

/** An agent that is linked and has sent two events in one report. */
function sentTwo() {
  const online = run(agentOf("device"), [
    [{ kind: "linkOpened", connection: 1 }, 1],
    [{ kind: "started", enrolling: false, spoolCorrupt: false }, 1],
    [{ kind: "linkOpened", connection: 1 }, 2],
    [frame(welcomeAt(3)), 3],
  ]).state;
  const facts = [factOf("firewall.ipv4", true), factOf("firewall.ipv6", true)];
  const { state, effects } = publish(online, { facts }, context(4));
  const [batch] = batchesOf(effects);
  if (batch?.events.length !== 2) throw new Error("two events were to travel");
  return { state, batch };
}

test("what was refused is sent again after half a minute, then ever later, and never in between", () => {
  const { state, batch } = sentTwo();
  let reached = state;
  const times: number[] = [];
  const refusedSeqs = batch.events.map(({ seq }) => seq);
  const sentAgain = (effects: readonly AgentEffect[]) =>
    seqsOf(effects)
      .flat()
      .filter((seq) => refusedSeqs.includes(seq));
  for (let now = 10; now < 1_000_000 && times.length < 4;) {
    reached = run(reached, [[refusal(batch.batchId), now]]).state;
    const { refused } = reached;
    expect(sentAgain(run(reached, [[tick, refused!.retryAtMs - 1]]).effects)).toEqual([]);
    expect(nextDeadline(reached)?.at).toBeLessThanOrEqual(refused!.retryAtMs);
    now = refused!.retryAtMs;
    // The link would need its pongs; the report alone is looked at here.
    const heard = run(reached, [[{ kind: "linkHeard", connection: 1 }, now]]).state;
    const again = run(heard, [[tick, now]]);
    expect(sentAgain(again.effects)).toEqual(refusedSeqs);
    times.push(now - 10);
    reached = again.state;
  }
  expect(times).toEqual([30_000, 90_000, 210_000, 450_000]);
});

test("people see it until the controller has everything", () => {
  const { state, batch } = sentTwo();
  const refused = run(state, [[refusal(batch.batchId), 10]]).state;
  expect(refused.warnings["report"]).toMatchObject({ code: "SP-209" });
  expect(refused.outbox.pending).toEqual(state.outbox.pending);
  const { epoch } = refused.outbox;
  const [first, second] = batch.events.map(({ seq }) => seq);
  const half = run(refused, [[frame({ kind: "ack", epoch, seq: first! }), 20]]).state;
  expect(half.warnings["report"]).toBeDefined();
  const whole = run(half, [[frame({ kind: "ack", epoch, seq: second! }), 30]]).state;
  expect(whole.warnings["report"]).toBeUndefined();
  expect(whole.refused).toBeNull();
});

test("an event that the disk damaged is dropped, and a gap record says which", () => {
  const { state, batch } = sentTwo();
  const [, damaged] = batch.events.map(({ seq }) => seq);
  const pending = state.outbox.pending.map((event) =>
    event.seq === damaged ? { ...event, fact: factOf("firewall.ipv6", false) } : event,
  );
  const broken = { ...state, outbox: { ...state.outbox, pending } };
  const { effects, state: reached } = run(broken, [[refusal(batch.batchId), 10]]);
  expect(effects).toContainEqual({
    kind: "unspool",
    names: [{ epoch: state.outbox.epoch, seq: damaged }],
    upTo: null,
  });
  const gaps = batchesOf(effects).flatMap(({ events }) => events.map(({ gap }) => gap));
  expect(gaps).toEqual([{ from: damaged, to: damaged, because: "spool_corrupt" }]);
  expect([...(reached.refused?.names ?? [])]).toHaveLength(1);
});

test("other errors, unknown batches and batches that were acked meanwhile change nothing", () => {
  const { state, batch } = sentTwo();
  const { epoch, lastSeq } = state.outbox;
  const other = frame({ kind: "error", code: "SP-706", detail: "", re: batch.batchId });
  for (const event of [other, refusal("nonsense"), refusal("00000000-1-9")]) {
    expect(run(state, [[event, 10]]).state.refused).toBeNull();
  }
  const acked = run(state, [[frame({ kind: "ack", epoch, seq: lastSeq }), 10]]).state;
  expect(run(acked, [[refusal(batch.batchId), 11]]).state.refused).toBeNull();
});
