/** Answers local users. Nothing here opens but `portal`, by netd's rules; `up` only takes back a `down`. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { type LocalAnswer, type Step, still, after } from "../effect.ts";
import type { Credential } from "../enrolment.ts";
import type { LocalEvent } from "../event.ts";
import { leave } from "../joining.ts";
import type { NetdAnswer } from "../netd.ts";
import { sendAccessRequest } from "./access-request.ts";
import { settingsOf, wishFor } from "./disconnecting.ts";
import { checksOf, doctorSchema } from "./doctor.ts";
import { failingOf } from "./failing.ts";
import { factsOf } from "../posture/posture.ts";
import { type PostureRow, postureTable, type PostureVerdict } from "./posture-table.ts";
import { runPosture } from "../reporting.ts";
import type { AgentState, Asker, Context } from "../state.ts";
import { signedInBy } from "./owner.ts";
import { refusalOf } from "./request.ts";
import { openPortal } from "./sign-in.ts";
import { beginSignIn, endSignIn } from "./user-sign-in.ts";
import { statusOf } from "./status.ts";
import { toldResources, uncheckedRow } from "./unchecked.ts";

type Asked = Extract<LocalEvent, { kind: "asked" }>;

/** A local user may ask for a fresh look this often. */
const recheckEveryMs = 5_000;
const watchersMax = 32;

/** Reacts to the local socket. */
export function onLocal(state: AgentState, event: LocalEvent, context: Context): Step {
  if (event.kind === "clientGone") return gone(state, event.client);
  const at = context.now.wallAt + state.link.skewMs;
  const standing = {
    settings: state.settings,
    signedIn: signedInBy(state, at),
    os: state.posture.os,
  };
  const refusal = refusalOf(event.request, event.peer, standing);
  if (refusal !== null) return answer(state, event, { ok: false, error: refusal });
  return serve(state, event, context);
}

/** Tells every watcher the status when it reads differently from before. */
export function tellWatchers(before: AgentState, step: Step, context: Context): Step {
  const { watchers } = step.state;
  if (watchers.length === 0 || step.state === before) return step;
  const status = statusOf(step.state, context.now);
  if (JSON.stringify(status) === JSON.stringify(statusOf(before, context.now))) return step;
  const told = watchers.map(
    (watcher) => ({ kind: "answer", ...watcher, answer: { ok: true, body: { status } } }) as const,
  );
  return { state: step.state, effects: [...step.effects, ...told] };
}

function serve(state: AgentState, event: Asked, context: Context): Step {
  const { request } = event;
  switch (request.verb) {
    case "status":
      return answer(state, event, { ok: true, body: { status: statusOf(state, context.now) } });
    case "watch":
      return watch(state, event, context);
    case "posture":
      if (request.evidence !== undefined) return evidence(state, event, request.evidence);
      return answer(state, event, { ok: true, body: { signals: postureRows(state, context) } });
    case "explain":
      return answer(state, event, explain(state, request.resource, context));
    case "doctor":
      return doctor(state, event);
    case "portal":
      return openPortal(state, event);
    case "request":
      return sendAccessRequest(state, { client: event.client, id: event.id }, request);
    case "login":
    case "logout":
      if (state.enrolment.kind !== "joined") return refuse(state, event, notEnrolled);
      return request.verb === "login"
        ? beginSignIn(state, event, request)
        : endSignIn(state, { client: event.client, id: event.id });
    case "recheck":
      return recheck(state, { event, signals: request.signals }, context);
    case "privacy": {
      const { client, id } = event;
      const { sinceAt, untilAt, skip } = request;
      const asked = { sinceAt, untilAt, skip };
      return { state, effects: [{ kind: "answerPrivacy", client, id, asked }] };
    }
    case "settings":
      return answer(state, event, { ok: true, body: settingsOf(state.settings) });
    case "up":
    case "down":
      if (state.enrolment.kind !== "joined") return refuse(state, event, notEnrolled);
      return after(wishFor(state, request.verb, context), (reached) =>
        answer(reached, event, { ok: true, body: {} }),
      );
    case "enrol":
      return enrol(state, event, request.by);
    case "unenrol": {
      // Whoever leaves unheard stays in the controller's list until somebody revokes it there.
      const heard = state.enrolment.kind !== "joined" || state.link.phase.kind === "up";
      return after(leave(state, context), (reached) =>
        answer(reached, event, { ok: true, body: { heard } }),
      );
    }
  }
}

/** Answered when netd has looked at the kernel. */
function doctor(state: AgentState, { client, id }: Asker): Step {
  const topic = { kind: "doctor", client, id } as const;
  return { state, effects: [{ kind: "netd", request: { verb: "observe" }, topic }] };
}

/** Answers a `doctor` with what netd saw, or with why it saw nothing. */
export function answerDoctor(state: AgentState, to: Asker, observed: NetdAnswer): Step {
  const { client, id } = to;
  const body = { schema: doctorSchema, checks: checksOf(state, observed) };
  return answer(state, { client, id }, { ok: true, body });
}

function postureRows(state: AgentState, { now }: Context): readonly PostureRow[] {
  const rows = postureTable(state.posture, judgementOf(state), now);
  return rows.map((row) => uncheckedRow(row, state.settings));
}

/** What the controller said last: signals that a fix of a closed resource names, and levels. */
function judgementOf(state: AgentState): PostureVerdict {
  const { verdict } = state.tunnel;
  const failing = new Set(failingOf(state).map(({ signal }) => signal));
  const closed = (verdict?.resources ?? []).filter(({ state: at }) => at !== "open");
  const blocking = new Set(closed.flatMap(({ fixes }) => fixes.map(({ signal }) => signal)));
  const levels = (verdict?.levels ?? []).map(({ id, needs = [] }) => ({
    id,
    needs: needs.map(({ signal, met }) => ({ signal, met: met && !failing.has(signal) })),
  }));
  return { blocking, levels };
}

function watch(state: AgentState, event: Asked, context: Context): Step {
  if (state.watchers.length >= watchersMax) {
    return refuse(state, event, { code: "SP-706", params: { retryAfterSeconds: 60 } });
  }
  const watchers = [...state.watchers, { client: event.client, id: event.id }];
  const status = statusOf(state, context.now);
  return answer({ ...state, watchers }, event, { ok: true, body: { status } });
}

function evidence(state: AgentState, event: Asked, signal: string): Step {
  const fact = factsOf(state.posture).find((known) => known.signal === signal);
  if (fact === undefined) {
    return refuse(state, event, { code: "SP-702", params: { what: "fact", name: signal } });
  }
  const { client, id } = event;
  return { state, effects: [{ kind: "answerEvidence", client, id, fact }] };
}

function explain(state: AgentState, name: string, context: Context): LocalAnswer {
  if (state.enrolment.kind !== "joined") return { ok: false, error: notEnrolled };
  if (state.host.role === "device" && state.tunnel.verdict === null) {
    return { ok: false, error: { code: "SP-410", params: { name } } };
  }
  const resources = toldResources(state, context.now);
  const found = resources.find((resource) => resource.name === name);
  if (found !== undefined) return { ok: true, body: { explanation: found } };
  const { open, closed } = state.tunnel.verdict?.unnamed ?? { open: 0, closed: 0 };
  if (open + closed > 0) {
    return { ok: false, error: { code: "SP-412", params: { name, count: open + closed } } };
  }
  return { ok: false, error: { code: "SP-702", params: { what: "resource", name } } };
}

function recheck(
  state: AgentState,
  asked: { event: Asked; signals: readonly string[] | null },
  context: Context,
): Step {
  const now = context.now.monotonicMs;
  const { event, signals } = asked;
  if (state.recheckedMs !== null && now < state.recheckedMs + recheckEveryMs) {
    const retryAfterSeconds = Math.ceil((state.recheckedMs + recheckEveryMs - now) / 1000);
    return refuse(state, event, { code: "SP-706", params: { retryAfterSeconds } });
  }
  const started = runPosture(
    { ...state, recheckedMs: now },
    signals === null ? { kind: "recheck" } : { kind: "recheck", signals },
    context,
  );
  return after(started, (reached) => answer(reached, event, { ok: true, body: {} }));
}

function enrol(state: AgentState, event: Asked, by: Credential): Step {
  const { enrolment } = state;
  const { kind } = enrolment;
  const managed = by.kind === "key" && by.managed === true;
  if (kind === "joined") {
    const device = state.identity?.id ?? "unknown";
    return refuse(state, event, { code: "SP-140", params: { device } });
  }
  if (kind === "asking" || (kind === "pending" && !(managed && enrolment.managed))) {
    const why = "an enrolment is already under way";
    return refuse(state, event, { code: "SP-705", params: { why } });
  }
  return {
    state: {
      ...state,
      enrolment: { kind: "asking", wasPending: kind === "pending", managed },
      enroller: { client: event.client, id: event.id },
    },
    effects: [{ kind: "enrol", by }],
  };
}

function gone(state: AgentState, client: number): Step {
  const watchers = state.watchers.filter((watcher) => watcher.client !== client);
  const enroller = state.enroller?.client === client ? null : state.enroller;
  const waiting = Object.entries(state.askers).filter(([, asker]) => asker.client !== client);
  return still({ ...state, watchers, enroller, askers: Object.fromEntries(waiting) });
}

function refuse(state: AgentState, to: Asker, error: ErrorRef): Step {
  return answer(state, to, { ok: false, error });
}

function answer(state: AgentState, to: Asker, reply: LocalAnswer): Step {
  const { client, id } = to;
  return { state, effects: [{ kind: "answer", client, id, answer: reply }] };
}

const notEnrolled: ErrorRef = { code: "SP-304", params: {} };
