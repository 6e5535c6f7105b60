import { expect, test } from "vitest";
import { agentOf } from "../../../test/fakes/agent-samples.ts";
import { runSteps } from "../../../test/fakes/agent-run.ts";
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";
import type { AgentState } from "../state.ts";
import { signedInBy } from "./owner.ts";
import { answerSignIn, beginSignIn, keepSignedIn } from "./user-sign-in.ts";

const mara = { id: "usr_01jdc3m8q2v7x4k9n5t6w0y1za", name: "mara@example.com" };
type Told = ControllerMessageOf<"userSession">;

const told = (authAt: number, user: Told["user"] = mara): Told => ({
  kind: "userSession",
  user,
  authAt,
  expiresAt: 1_000_000,
});

function linked(owner: AgentState["owner"] = null): AgentState {
  const state = agentOf("device", { owner });
  const phase = { kind: "up", heardMs: 1, beatAtMs: 2, heartbeatMs: 20_000 } as const;
  return { ...state, link: { ...state.link, connection: 5, phase } };
}

/** Asks for a page as a local user, and is given one. */
function begun(state: AgentState, uid: number, client = 3): AgentState {
  const asked = beginSignIn(state, { client, id: 1, peer: { uid } }, {});
  const page = { url: "https://console.example/#x", code: "BCDF-GHJK" };
  const answer = { kind: "signInAnswer", ref: `${client}.1`, result: "page", ...page } as const;
  return answerSignIn(asked.state, answer).state;
}

const byOf = (state: AgentState) => signedInBy(state, 0);

test("a sign-in is of the local user who asked for its page, and is kept as such", () => {
  const step = keepSignedIn(begun(linked(), 1_000), told(5));
  expect(byOf(step.state)).toEqual({ kind: "user", uid: 1_000 });
  const owner = { uid: 1_000, user: mara.id, authAt: 5 };
  expect(step.effects).toEqual([{ kind: "keepOwner", owner }]);
  const again = keepSignedIn(step.state, told(5));
  expect([byOf(again.state), again.effects]).toEqual([{ kind: "user", uid: 1_000 }, []]);
});

test("over a restart it stays that user's, and a sign-in that came meanwhile is nobody's own", () => {
  const owner = { uid: 1_000, user: mara.id, authAt: 5 };
  expect(byOf(keepSignedIn(linked(owner), told(5)).state)).toEqual({ kind: "user", uid: 1_000 });
  const other = keepSignedIn(linked(owner), told(6));
  expect(byOf(other.state)).toEqual({ kind: "unknown" });
  expect(other.effects).toEqual([{ kind: "keepOwner", owner: null }]);
});

test("whoever asks for a page later does not get the sign-in that is told again", () => {
  const unknown = keepSignedIn(linked(), told(5)).state;
  const again = keepSignedIn(begun(unknown, 1_001), told(5)).state;
  expect(byOf(again)).toEqual({ kind: "unknown" });
});

test("the newest page counts: whose page was replaced is not the owner", () => {
  const two = begun(begun(linked(), 1_000), 1_001, 4);
  expect(byOf(keepSignedIn(two, told(5)).state)).toEqual({ kind: "user", uid: 1_001 });
});

test("a page that came for another counts for nobody who still waits", () => {
  const first = beginSignIn(linked(), { client: 3, id: 1, peer: { uid: 1_000 } }, {});
  const second = beginSignIn(first.state, { client: 4, id: 1, peer: { uid: 1_001 } }, {});
  const page = { url: "https://console.example/#x", code: "BCDF-GHJK" };
  const answer = { kind: "signInAnswer", ref: "3.1", result: "page", ...page } as const;
  const { state } = keepSignedIn(answerSignIn(second.state, answer).state, told(5));
  expect(byOf(state)).toEqual({ kind: "unknown" });
});

test("a page that was asked for, but not given, makes nobody the owner", () => {
  const asked = beginSignIn(begun(linked(), 1_000), { client: 4, id: 1, peer: { uid: 1_001 } }, {});
  expect(byOf(keepSignedIn(asked.state, told(5)).state)).toEqual({ kind: "unknown" });
});

test("what root began is no local user's", () => {
  expect(byOf(keepSignedIn(begun(linked(), 0), told(5)).state)).toEqual({ kind: "unknown" });
});

test("after the end and after its time it is nobody's", () => {
  const { state } = keepSignedIn(begun(linked(), 1_000), told(5));
  expect(signedInBy(state, 1_000_000)).toEqual({ kind: "nobody" });
  const ended = keepSignedIn(state, { kind: "userSession", user: null });
  expect(byOf(ended.state)).toEqual({ kind: "nobody" });
  expect(ended.effects).toEqual([{ kind: "keepOwner", owner: null }]);
});

test("who leaves the controller takes the sign-in along", () => {
  const signedIn = keepSignedIn(begun(linked(), 1_000), told(5)).state;
  const peer = { uid: 0, user: "root" };
  const asked = { kind: "asked", client: 1, id: 1, peer, request: { verb: "unenrol" } } as const;
  const { state, effects } = runSteps({ ...signedIn, enrolment: { kind: "joined" } }, [[asked, 9]]);
  expect(byOf(state)).toEqual({ kind: "nobody" });
  expect(effects).toContainEqual({ kind: "keepOwner", owner: null });
});
