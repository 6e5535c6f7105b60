import { expect, test } from "vitest";
import { linked as up, observedWhole, runSteps as run } from "../../test/fakes/agent-run.ts";
import { agentOf, context } from "../../test/fakes/agent-samples.ts";
import type { AgentEvent } from "./event.ts";
import { statusOf } from "./local/status.ts";
import type { NetdAnswer, NetdNotice, Observed } from "./netd.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: null, steps: [], observed: null };

const partly: NetdAnswer = {
  ...good,
  steps: [{ name: "link", result: "failed", detail: "interface spg0 is not ours" }],
};

test("a gateway asks for all grants anew when its configuration is whole at last", () => {
  const topic = { kind: "config", version: 7 } as const;
  const config = { kind: "config", jws: "a.b.c" } as const;
  const { state } = run(agentOf("gateway"), [
    ...up,
    [{ kind: "frame", connection: 1, message: config, configVersion: 7 }, 4],
    [{ kind: "netdAnswered", topic, answer: partly }, 5],
  ]);
  expect(statusOf(state, context(5).now)["state"]).toBe("blocked");
  const freed: AgentEvent = { kind: "netdNoticed", name: "linkChanged", what: "" };
  const again = run(state, [[freed, 5_000]]);
  expect(again.effects).toMatchObject([{ kind: "netd", request: { verb: "config" } }]);
  const whole = run(again.state, [[{ kind: "netdAnswered", topic, answer: good }, 5_010]]);
  expect(whole.effects).toContainEqual({
    kind: "send",
    connection: 1,
    message: { kind: "resync" },
  });
  expect(statusOf(whole.state, context(5_010).now)["state"]).toBe("connected");
});

test("a gateway tells the controller once what it refused, and of whom", () => {
  const observed = observedWhole;
  const denied = { device: "dev_1", dst: "10.50.0.20", proto: "tcp", port: 22, count: 3 };
  const refused: AgentEvent = { kind: "netdNoticed", name: "denied", what: "", denied };
  const seen: AgentEvent = {
    kind: "netdAnswered",
    topic: { kind: "telemetry" },
    answer: { ...good, observed },
  };
  const told = (step: ReturnType<typeof run>) =>
    step.effects.flatMap((effect) =>
      effect.kind === "send" && effect.message.kind === "telemetry" ? [effect.message.denied] : [],
    );
  const before = run(agentOf("gateway"), [...up, [refused, 4], [refused, 5]]);
  const first = run(before.state, [[seen, 6]]);
  expect(told(first)).toEqual([[{ ...denied, count: 6 }]]);
  expect(told(run(first.state, [[seen, 7]]))).toEqual([undefined]);
});

test("says that somebody damaged the guard, and stops saying so five minutes after", () => {
  const observed = observedWhole;
  const seen: AgentEvent = {
    kind: "netdAnswered",
    topic: { kind: "telemetry" },
    answer: { ...good, observed },
  };
  const told = (step: ReturnType<typeof run>) =>
    step.effects
      .flatMap((effect) =>
        effect.kind === "report" ? effect.batch.events.map((event) => event.fact) : [],
      )
      .filter((fact) => fact?.signal === "route.tampered")
      .map((fact) => fact?.reading);
  const calm = run(agentOf("device"), [...up, [seen, 10]]);
  expect(told(calm)).toEqual([{ kind: "known", value: false }]);
  const damage: AgentEvent = { kind: "netdNoticed", name: "tampered", what: "nft" };
  const damaged = run(calm.state, [[damage, 1_000]]);
  expect(told(damaged)).toEqual([{ kind: "known", value: true }]);
  const soon = run(damaged.state, [[seen, 100_000]]);
  expect(told(soon)).toEqual([]);
  const heard: AgentEvent = { kind: "linkHeard", connection: 1 };
  const later = run(soon.state, [
    [seen, 200_000],
    [heard, 300_000],
    [seen, 301_001],
  ]);
  expect(told(later)).toEqual([{ kind: "known", value: false }]);
});

test("says that a gateway is silent by UDP while the controller answers, until it answers too", () => {
  const online = run(agentOf("device"), up);
  const about = (name: NetdNotice): AgentEvent => {
    return { kind: "netdNoticed", name, what: "", endpoint: "192.0.2.1:51820" };
  };
  const codes = (step: ReturnType<typeof run>) =>
    (statusOf(step.state, context(1_000).now)["warnings"] as { code: string }[]).map(
      ({ code }) => code,
    );
  const silent = run(online.state, [[about("handshakeLost"), 1_000]]);
  expect(codes(silent)).toEqual(["SP-407"]);
  const alone = run(silent.state, [
    [{ kind: "linkClosed", connection: 1, code: 1006, error: null }, 2_000],
  ]);
  expect(codes(alone)).not.toContain("SP-407");
  const phase = { kind: "blocked" } as const;
  const { state } = silent;
  const nothingOpen = { ...silent, state: { ...state, tunnel: { ...state.tunnel, phase } } };
  expect(codes(nothingOpen)).toEqual([]);
  expect(codes(run(silent.state, [[about("handshake"), 3_000]]))).toEqual([]);
});

test("calls another VPN's rule tampering for as long as it stands", () => {
  const observed = {
    wireguard: "kernel",
    configVersion: 7,
    guard: { table: true, rules: true },
    routes: [],
    peers: [],
    grants: [],
    findings: [{ kind: "routeDiverted", detail: "10.50.0.0/24 leaves by eth0" }],
  } as const;
  const answer = { ...good, observed };
  const seen: AgentEvent = { kind: "netdAnswered", topic: { kind: "telemetry" }, answer };
  const { effects } = run(agentOf("device"), [...up, [seen, 10]]);
  const facts = effects.flatMap((effect) =>
    effect.kind === "report" ? effect.batch.events.map(({ fact }) => fact) : [],
  );
  expect(facts).toMatchObject([{ signal: "route.tampered", reading: { value: true } }]);
});

test("looks at protection again when one of its processes ended", () => {
  const ended: AgentEvent = { kind: "netdNoticed", name: "processEnded", what: "" };
  const { state } = run(agentOf("device"), [
    [{ kind: "tick" }, 0],
    [ended, 100],
  ]);
  const again = state.posture.groups.filter(({ phase }) => phase.kind === "running" && phase.again);
  expect(again.map(({ group }) => group.collector)).toEqual(["presence", "protection"]);
});

test("status says on a gateway what only the default route is left for, for as long as it is so", () => {
  const lost = [{ kind: "insideLost", detail: "10.50.0.0/24, fd50::/64" }];
  const seen = (findings: Observed["findings"]): AgentEvent => ({
    kind: "netdAnswered",
    topic: { kind: "telemetry" },
    answer: { ...good, observed: { ...observedWhole, findings } },
  });
  const warnings = (step: ReturnType<typeof run>) =>
    statusOf(step.state, context(1_000).now)["warnings"];
  const gone = run(agentOf("gateway"), [...up, [seen(lost), 10]]);
  expect(warnings(gone)).toMatchObject([
    { code: "SP-418", detail: expect.stringContaining("10.50.0.0/24, fd50::/64") },
  ]);
  expect(warnings(run(gone.state, [[seen([]), 20]]))).toEqual([]);
});

test("status and doctor say that there is no room for new flows, for as long as it is so", () => {
  const full = [{ kind: "flowsFull", detail: "262144 of 262144" }];
  const answered = (kind: "telemetry" | "doctor", findings: Observed["findings"]): AgentEvent => ({
    kind: "netdAnswered",
    topic: kind === "doctor" ? { kind, client: 1, id: 2 } : { kind },
    answer: { ...good, observed: { ...observedWhole, findings } },
  });
  const codes = (step: ReturnType<typeof run>) =>
    (statusOf(step.state, context(1_000).now)["warnings"] as { code: string }[]).map(
      ({ code }) => code,
    );
  const seen = run(agentOf("gateway"), [...up, [answered("telemetry", full), 10]]);
  expect(codes(seen)).toEqual(["SP-416"]);
  expect(codes(run(seen.state, [[answered("telemetry", []), 20]]))).toEqual([]);
  const asked = run(agentOf("device"), [...up, [answered("doctor", full), 10]]);
  expect(asked.effects).toMatchObject([
    {
      answer: {
        body: {
          checks: expect.arrayContaining([
            expect.objectContaining({
              name: "warning SP-416",
              state: "failed",
              detail: expect.stringContaining("262144 of 262144"),
            }),
          ]),
        },
      },
    },
  ]);
});
