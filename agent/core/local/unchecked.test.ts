import { expect, test } from "vitest";
import { frameOf, linked, runSteps } from "../../../test/fakes/agent-run.ts";
import { agentOf, context, verdictOf } from "../../../test/fakes/agent-samples.ts";
import { transition } from "../agent.ts";
import type { NetdAnswer } from "../netd.ts";
import { plainSettings } from "../settings.ts";
import type { LocalRequest } from "./request.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: 1, steps: [], observed: null };
const signal = "firewall.enabled";
const reasons = [{ code: "level_not_met" as const, params: { signal, had: "false" } }];
const signIn = { signal: "user.sign_in", text: "Sign in", who: "user" as const };
const fixes = [signIn, { signal, text: "Turn it on.", who: "user" as const }];
const blocked = verdictOf({ db: "blocked" }).resources.map((one) => ({ ...one, reasons, fixes }));
const levels = [{ id: "base", verdict: "notMet" as const, needs: [{ signal, met: false }] }];
const verdict = { ...verdictOf({}), resources: blocked, levels };

function answered(request: LocalRequest, postureChecking: boolean): unknown {
  const settings = { ...plainSettings(), postureChecking, managedBy: "Example Corp" };
  const { state } = runSteps(agentOf("device", { settings }), [
    ...linked,
    [{ kind: "netdAnswered", topic: { kind: "config", version: 7 }, answer: good }, 4],
    [frameOf(verdict), 4],
  ]);
  const peer = { uid: 1000, user: "ada" };
  const asked = { kind: "asked", client: 1, id: 1, peer, request } as const;
  const [effect] = transition(state, asked, context(5)).effects;
  return effect?.kind === "answer" && effect.answer.ok ? effect.answer.body : null;
}

const explain: LocalRequest = { verb: "explain", resource: "db" };

test("where posture is checked, the fix is told", () => {
  expect(answered(explain, true)).toMatchObject({ explanation: { fixes } });
});

test("where posture is not checked, no fix of it is advised, and who decided that stands before the reason", () => {
  const params = { setting: "PostureChecking=never", owner: "Example Corp" };
  const told = { reasons: [{ code: "not_checked", params }, { code: "level_not_met" }] };
  expect(answered(explain, false)).toMatchObject({ explanation: { ...told, fixes: [signIn] } });
  const status = { resources: [{ ...told, fixes: [signIn] }] };
  expect(answered({ verb: "status" }, false)).toMatchObject({ status });
});

test("the table of what was read advises nothing either", () => {
  const { signals } = answered({ verb: "posture" }, false) as {
    signals: readonly { signal: string; fix: object }[];
  };
  expect(signals.find((row) => row.signal === signal)?.fix).toEqual({
    text: "Not here: Example Corp has the posture not checked (PostureChecking=never); ask Example Corp.",
  });
});
