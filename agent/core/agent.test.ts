import fc from "fast-check";
import { expect, test } from "vitest";
import { frameOf as frame, linked as up, runSteps as run } from "../../test/fakes/agent-run.ts";
import {
  agentOf,
  context,
  factOf,
  identityOf,
  verdictOf,
  welcomeAt,
} from "../../test/fakes/agent-samples.ts";
import { nextDeadline, transition } from "./agent.ts";
import type { AgentEvent } from "./event.ts";
import { statusOf } from "./local/status.ts";
import type { LocalRequest } from "./local/request.ts";
import type { NetdAnswer } from "./netd.ts";
import { secret } from "#shared/base/secret.ts";
import { agentMessage } from "#shared/protocol/agent-message.ts";
import type { AgentState } from "./state.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: null, steps: [], observed: null };
const started: AgentEvent = { kind: "started", enrolling: false, spoolCorrupt: false };
const asked = (request: LocalRequest, uid = 1000, id = 1): AgentEvent => ({
  kind: "asked",
  client: 1,
  id,
  peer: { uid, user: "someone" },
  request,
});

test("says hello with the state of the outbox, in the words of the protocol", () => {
  const { effects } = run(agentOf("device"), up.slice(0, 3));
  const sent = effects.find((effect) => effect.kind === "send");
  expect(agentMessage.parse(sent?.message)).toMatchObject({
    kind: "hello",
    role: "device",
    epoch: "e".repeat(32),
    seq: { last: 0, ackedByMe: 0 },
    configVersion: 0,
  });
});

test("sends a changed fact before it stores it, and forgets it when it is acked", () => {
  const online = run(agentOf("device"), up).state;
  const event = firewallAnswer(online, false);
  const { state, effects } = run(online, [[event, 10]]);
  const kinds = effects.map((effect) => effect.kind);
  expect(kinds.indexOf("report")).toBeGreaterThanOrEqual(0);
  expect(kinds.indexOf("report")).toBeLessThan(kinds.indexOf("spool"));
  const seq = state.outbox.lastSeq;
  const acked = run(state, [[frame({ kind: "ack", epoch: state.outbox.epoch, seq }), 20]]);
  expect(acked.state.outbox.pending).toEqual([]);
  expect(acked.effects).toEqual([
    { kind: "unspool", names: [], upTo: { epoch: state.outbox.epoch, seq } },
  ]);
});

test("keeps what happens while there is no link and sends it after the welcome", () => {
  const offline = run(agentOf("device"), up.slice(0, 2)).state;
  const changed = run(offline, [[firewallAnswer(offline, false), 10]]);
  expect(changed.effects.map((effect) => effect.kind)).toContain("spool");
  expect(changed.effects.map((effect) => effect.kind)).not.toContain("report");
  const { effects } = run(changed.state, [
    [{ kind: "linkOpened", connection: 1 }, 100],
    [frame(welcomeAt(110)), 110],
  ]);
  const report = effects.find((effect) => effect.kind === "report");
  expect(report?.batch.events.map((event) => event.ageMs)).toEqual([100, 100, 100]);
});

test("records nothing before it has joined, and tells all it knows when it joins", () => {
  const alone = run(agentOf("device", { identity: null }), [[started, 0]]).state;
  const looked = run(alone, [[firewallAnswer(alone, true), 10]]);
  expect(looked.state.outbox.lastSeq).toBe(0);
  const identity = identityOf("device");
  const joined = run(looked.state, [
    [asked({ verb: "enrol", by: { kind: "key", key: secret("sp1_x") } }, 0), 20],
    [{ kind: "enrolled", identity, epoch: "f".repeat(32) }, 30],
  ]);
  expect(joined.effects.map((effect) => effect.kind)).toEqual(["spool", "connect", "answer"]);
  expect(joined.state.outbox).toMatchObject({ epoch: "f".repeat(32), lastSeq: 3 });
});

test("hands a question for evidence to the adapter that keeps it, for facts that are known", () => {
  const online = run(agentOf("device"), up).state;
  const looked = run(online, [[firewallAnswer(online, true), 10]]).state;
  const ask = (evidence: string) => run(looked, [[asked({ verb: "posture", evidence }), 20]]);
  expect(ask("firewall.enabled").effects).toMatchObject([
    { kind: "answerEvidence", client: 1, id: 1, fact: { signal: "firewall.enabled" } },
  ]);
  expect(ask("disk.encrypted").effects).toMatchObject([
    { answer: { ok: false, error: { code: "SP-702", params: { name: "disk.encrypted" } } } },
  ]);
});

test("refuses what is not the peer's to ask, with the command that would work", () => {
  const refused = run(agentOf("device", { identity: null }), [
    [started, 0],
    [asked({ verb: "enrol", by: { kind: "key", key: secret("sp1_x") } }, 1000), 1],
  ]);
  expect(refused.effects).toMatchObject([
    { answer: { ok: false, error: { code: "SP-704", params: { verb: "enrol", who: "root" } } } },
  ]);
});

test("answers a status in every state of joining", () => {
  const states: readonly [AgentState, string][] = [
    [agentOf("device", { identity: null }), "notEnrolled"],
    [
      run(agentOf("device", { identity: null, enrolling: true }), [
        [{ kind: "started", enrolling: true, spoolCorrupt: false }, 0],
      ]).state,
      "pendingApproval",
    ],
    [run(agentOf("device"), [[started, 0]]).state, "connecting"],
  ];
  for (const [state, expected] of states) {
    const { effects } = run(state, [[asked({ verb: "status" }), 5]]);
    expect(effects).toMatchObject([
      { answer: { ok: true, body: { status: { schema: "sallyport.status/1", state: expected } } } },
    ]);
  }
});

test("tells watchers a new state once, and never after they left", () => {
  const online = run(agentOf("device"), [...up, [asked({ verb: "watch" }, 1000, 9), 5]]).state;
  const config = frame({ kind: "config", jws: "a.b.c" });
  const verdict = frame(verdictOf({ db: "open" }));
  const reached = run(online, [
    [config, 6],
    [{ kind: "netdAnswered", topic: { kind: "config", version: 7 }, answer: good }, 7],
    [verdict, 8],
  ]);
  expect(reached.effects).toMatchObject([
    { kind: "keepVerdict", recalled: { lostAt: null } },
    { kind: "answer", client: 1, id: 9, answer: { body: { status: { state: "connected" } } } },
  ]);
  const gone = run(reached.state, [
    [{ kind: "clientGone", client: 1 }, 9],
    [frame(verdictOf({ db: "blocked" })), 10],
  ]);
  expect(gone.effects.filter(({ kind }) => kind === "answer")).toEqual([]);
});

test("names netd's lost file and the cure until it is enrolled again, and not what follows", () => {
  const netdReady: AgentEvent = {
    kind: "netdReady",
    wireguard: "kernel",
    configVersion: 0,
    setAside: ["wireguard.key", "config.json"],
  };
  const error = { code: "bad_signature", at: "trust", detail: "no pin" };
  const refused: NetdAnswer = { ...good, ok: false, error };
  const corrupt = run(agentOf("device"), [
    ...up,
    [netdReady, 5],
    [{ kind: "netdAnswered", topic: { kind: "trust" }, answer: refused }, 6],
    [{ kind: "netdAnswered", topic: { kind: "config", version: 7 }, answer: refused }, 7],
  ]).state;
  const told = (state: AgentState) => statusOf(state, context(20).now) as Record<string, unknown>;
  expect(told(corrupt)).toMatchObject({
    state: "cannotEnforce",
    warnings: [
      { code: "SP-305", params: { file: "netd/config.json" } },
      {
        code: "SP-302",
        params: { file: "netd/wireguard.key" },
        fix: expect.stringContaining("enroll --key-file"),
      },
    ],
  });
  const again = run(corrupt, [
    [asked({ verb: "unenrol" }, 0), 8],
    [asked({ verb: "enrol", by: { kind: "key", key: secret("sp1_x") } }, 0), 9],
    [{ kind: "enrolled", identity: identityOf("device"), epoch: "f".repeat(32) }, 10],
  ]);
  expect(told(again.state)).toMatchObject({ state: "connecting", warnings: [] });
});

test("reports an applied configuration and asks for a pong before it vouches for the link", () => {
  const online = run(agentOf("device"), up).state;
  const applied = run(online, [
    [frame({ kind: "config", jws: "a.b.c" }), 6],
    [{ kind: "netdAnswered", topic: { kind: "config", version: 7 }, answer: good }, 7],
  ]);
  expect(applied.effects).toMatchObject([
    { kind: "ping", connection: 1 },
    { kind: "send", message: { kind: "applied", what: "config", ref: "7", result: "ok" } },
  ]);
  const proved = run(applied.state, [[{ kind: "linkHeard", connection: 1 }, 8]]);
  expect(proved.effects).toMatchObject([{ kind: "netd", request: { verb: "link", up: true } }]);
});

test("gives a gateway's removal to netd at once and says when the kernel had it", () => {
  const gateway = run(agentOf("gateway"), up).state;
  const removal = frame({ kind: "grants", n: 1, add: [], remove: ["j1"] });
  const { state, effects } = run(gateway, [
    [
      frame({
        kind: "snapshot",
        epoch: "e".repeat(32),
        part: 1,
        parts: 1,
        hash: "0".repeat(64),
        grants: [],
      }),
      9,
    ],
    [removal, 10],
  ]);
  expect(effects).toMatchObject([{ kind: "netd", request: { verb: "grants", remove: ["j1"] } }]);
  const topic = { kind: "grants", n: 1, removed: 1, receivedMonotonicMs: 10 } as const;
  const told = run(state, [
    [{ kind: "netdAnswered", topic, answer: { ...good, kernelAtMs: 11 } }, 12],
  ]);
  expect(told.effects).toMatchObject([
    { message: { kind: "applied", what: "grants", ref: "1", tookMs: 2, kernelAtAgeMs: 1 } },
  ]);
});

test("what was wrong with a key is over when another one waits for approval", () => {
  const error = { code: "SP-103", params: { key: "ek_1" } } as const;
  const answers = [
    { kind: "failed", error, final: true },
    { kind: "pending", retryAfterSeconds: 30 },
  ] as const;
  const enrol = asked({ verb: "enrol", by: { kind: "key", key: secret("sp1_") } }, 0);
  let { state } = run({ ...agentOf("device"), enrolment: { kind: "none" } }, [[enrol, 1]]);
  const codes = answers.map((outcome) => {
    ({ state } = run(state, [
      [{ kind: "enrolmentAnswered", outcome }, 2],
      [enrol, 3],
    ]));
    return statusOf(state, context(3).now)["warnings"];
  });
  expect(codes).toEqual([[expect.objectContaining({ code: "SP-103" })], []]);
});

test.each([
  [true, true, "enrol"],
  [true, false, "answer"],
  [false, true, "answer"],
])(
  "a key that waits (managed: %s) makes room for another (managed: %s): %s",
  (waits, comes, effect) => {
    const enrolment = { kind: "pending", retryAtMs: 90, managed: waits } as const;
    const waiting = { ...agentOf("device", { identity: null }), enrolment };
    const by = { kind: "key", key: secret("sp1_"), managed: comes } as const;
    const { effects } = run(waiting, [[asked({ verb: "enrol", by }, 0), 3]]);
    expect(effects.map(({ kind }) => kind)).toEqual([effect]);
  },
);

test("leaves with nothing behind", () => {
  const online = run(agentOf("device"), up).state;
  const known = run(online, [[firewallAnswer(online, true), 10]]).state;
  const left = run(known, [[asked({ verb: "unenrol" }, 0), 20]]);
  expect(left.effects[0]).toMatchObject({ message: { kind: "bye", reason: "unenrolled" } });
  expect(left.effects.map((effect) => effect.kind)).toEqual([
    "send",
    "disconnect",
    "forgetIdentity",
    "keepOwner",
    "keepVerdict",
    "unspool",
    "answer",
  ]);
  expect(left.state.identity).toBeNull();
  // What it told another controller is no first report to the next.
  expect([known.reportedAt, left.state.reportedAt]).toEqual([expect.any(Number), null]);
  expect(left.state.outbox.pending).toEqual([]);
});

test("whoever leaves unheard is told so: the controller still has the machine", () => {
  const heardOf = (state: AgentState) =>
    run(state, [[asked({ verb: "unenrol" }, 0), 20]]).effects.at(-1);
  const offline = run(agentOf("device"), [[started, 0]]).state;
  expect(heardOf(offline)).toMatchObject({ kind: "answer", answer: { body: { heard: false } } });
  for (const state of [
    run(agentOf("device"), up).state,
    { ...agentOf("device"), enrolment: { kind: "none" } as const },
  ]) {
    expect(heardOf(state)).toMatchObject({ kind: "answer", answer: { body: { heard: true } } });
  }
});

test("sends on an open connection only, and hands no config over after a close it was told of", () => {
  const anyEvent = fc.oneof(
    fc.constantFrom<AgentEvent>(
      { kind: "netdReady", wireguard: "kernel", configVersion: 0 },
      { kind: "netdLost", because: { code: "SP-401", params: {} } },
      { kind: "tick" },
      frame({ kind: "config", jws: "a.b.c" }),
      frame(verdictOf({ db: "open" })),
      frame({ kind: "grants", n: 1, add: ["a.b.c"], remove: ["j1"] }),
      { kind: "netdNoticed", name: "firewallChanged", what: "" },
      asked({ verb: "down", reason: null }),
      asked({ verb: "up" }),
      asked({ verb: "unenrol" }, 0),
    ),
    fc.nat(4).map((connection): AgentEvent => ({ kind: "linkOpened", connection })),
    fc.nat(4).map((connection): AgentEvent => ({
      kind: "frame",
      connection,
      message: welcomeAt(0),
      configVersion: 0,
    })),
    fc.tuple(fc.nat(4), fc.constantFrom(1006, 4403)).map(([connection, code]): AgentEvent => ({
      kind: "linkClosed",
      connection,
      code,
      error: null,
    })),
  );
  fc.assert(
    fc.property(
      fc.constantFrom("device" as const, "gateway" as const),
      fc.array(fc.tuple(anyEvent, fc.nat(30_000)), { maxLength: 50 }),
      (role, steps) => {
        let state = run(agentOf(role), [[started, 0]]).state;
        let now = 0;
        for (const [event, passedMs] of steps) {
          now += passedMs;
          const step = transition(state, event, context(now));
          const joinedBefore = state.identity !== null;
          state = step.state;
          for (const effect of step.effects) {
            if (effect.kind === "send" || effect.kind === "report") {
              expect(joinedBefore).toBe(true);
              expect(["greeting", "up"]).toContain(state.link.phase.kind);
              if (effect.kind === "report") expect(state.link.phase.kind).toBe("up");
            }
            if (effect.kind === "netd" && effect.request.verb === "config") {
              expect(state.tunnel.wish).toBe("up");
              expect(state.tunnel.revoked).toBe(false);
              expect(joinedBefore).toBe(true);
            }
          }
          const deadline = nextDeadline(state);
          if (deadline !== null) expect(Number.isFinite(deadline.at)).toBe(true);
        }
      },
    ),
  );
});

/** The answer to the run of the firewall collector that is under way. */
function firewallAnswer(state: AgentState, value: boolean): AgentEvent {
  const group = state.posture.groups.find((known) => known.group.collector === "firewall");
  if (group?.phase.kind !== "running") throw new Error("the firewall is not being read");
  return {
    kind: "collected",
    answer: {
      run: group.phase.run,
      collector: "firewall",
      facts: ["enabled", "ipv4", "ipv6"].map((name) => factOf(`firewall.${name}`, value)),
      failed: null,
    },
  };
}

test("keeps a renewed certificate before it counts on it, and tells the link of it", () => {
  const online = run(agentOf("device"), up).state;
  const chain = ["-----BEGIN CERTIFICATE-----"];
  const issued = run(online, [[frame({ kind: "certificate", chain, notAfterAt: 1 }), 10]]);
  expect(issued.effects).toEqual([{ kind: "storeCertificate", chain }]);
  const { certificate } = identityOf("device");
  expect(issued.state.link.identity?.certificate).toEqual(certificate);
  const renewed = { notBeforeAt: 5, notAfterAt: 6 };
  const kept = run(issued.state, [[{ kind: "certificateStored", certificate: renewed }, 20]]);
  expect(kept.state.link.identity?.certificate).toEqual(renewed);
  expect(kept.state.identity?.certificate).toEqual(renewed);
});
