import { expect, test } from "vitest";
import { agentOf } from "../../../test/fakes/agent-samples.ts";
import type { AgentState } from "../state.ts";
import { statusOf } from "./status.ts";
import { answerSignIn, beginSignIn, endSignIn, keepSignedIn } from "./user-sign-in.ts";

const asker = { client: 3, id: 7 };
const ada = { ...asker, peer: { uid: 1_000 } };
const now = { monotonicMs: 0, wallAt: 0, random: 0 };
const mara = { id: "usr_01jdc3m8q2v7x4k9n5t6w0y1za", name: "mara@example.com" };

function linked(): AgentState {
  const state = agentOf("device");
  const phase = { kind: "up", heardMs: 1, beatAtMs: 2, heartbeatMs: 20_000 } as const;
  return { ...state, link: { ...state.link, connection: 5, phase } };
}

test("the controller's page goes to who asked, with the code to compare", () => {
  const asked = beginSignIn(linked(), ada, { strength: "mfa", maxAgeSeconds: 900 });
  expect(asked.effects).toMatchObject([
    { message: { kind: "signIn", verb: "begin", ref: "3.7", strength: "mfa", maxAgeSeconds: 900 } },
  ]);
  const page = { url: "https://console.example/#x", code: "BCDF-GHJK", untilAt: 0 };
  const answer = { kind: "signInAnswer", ref: "3.7", result: "page", ...page } as const;
  expect(answerSignIn(asked.state, answer).effects).toMatchObject([
    { kind: "answer", ...asker, answer: { ok: true, body: { url: page.url, code: page.code } } },
  ]);
});

test("a refusal says why, and an end is told as such", () => {
  const asked = endSignIn(linked(), asker);
  expect(asked.effects).toMatchObject([{ message: { kind: "signIn", verb: "end" } }]);
  const ended = { kind: "signInAnswer", ref: "3.7", result: "ended" } as const;
  expect(answerSignIn(asked.state, ended).effects).toMatchObject([{ answer: { ok: true } }]);
  const refused = { ...ended, result: "refused", why: "quarantined" } as const;
  expect(answerSignIn(asked.state, refused).effects).toMatchObject([
    { answer: { ok: false, error: { code: "SP-705", params: { why: "quarantined" } } } },
  ]);
});

test("the status names who is signed in, and nobody after the end, whoever tells of it", () => {
  const told = {
    kind: "userSession",
    user: mara,
    authAt: 0,
    expiresAt: 1_000,
    acr: "mfa",
  } as const;
  const { state } = keepSignedIn(linked(), told);
  expect(statusOf(state, now)).toMatchObject({
    session: { user: mara.name, until: "1970-01-01T00:00:01.000Z", acr: "mfa" },
  });
  const later = statusOf(state, { ...now, wallAt: 1_000 });
  expect(later["session"]).not.toHaveProperty("user");
  const gone = keepSignedIn(state, { kind: "userSession", user: null }).state;
  expect(statusOf(gone, now)["session"]).not.toHaveProperty("user");
});
