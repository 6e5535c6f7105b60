/** One log line a transition, and the lines from which people and the cut-off's phases are read. */
import { describeError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentEvent } from "../core/event.ts";
import { stateOf } from "../core/local/status.ts";
import type { Settings } from "../core/settings.ts";
import type { AgentState } from "../core/state.ts";
import type { Log } from "../ports.ts";

/** Writes what a transition changed; one that moved nothing is a line for debugging alone. */
export function writeTransition(
  log: Log,
  transition: { before: AgentState; event: AgentEvent; after: AgentState },
): void {
  const { before, event, after } = transition;
  writeGrantsApplied(log, event);
  writeDisconnect(log, transition);
  writeTroubles(log, before.warnings, after.warnings);
  writeSettingProblems(log, before.settings.problems, after.settings.problems);
  const from = phasesOf(before);
  const to = phasesOf(after);
  const error = errorOf(event);
  const fields = { from, event: eventName(event), to, ...(error === null ? {} : { error }) };
  log.write(from === to && error === null ? "debug" : "info", "transition", fields);
}

/** The line from which the last phase of a cut-off is read. */
function writeGrantsApplied(log: Log, event: AgentEvent): void {
  if (event.kind !== "netdAnswered" || event.topic.kind !== "grants") return;
  const { kernelAtMs } = event.answer;
  if (kernelAtMs === null) return;
  const { removed, receivedMonotonicMs } = event.topic;
  log.write("info", "grants applied", {
    removed,
    receivedAtMonotonicMs: receivedMonotonicMs,
    kernelAtMs,
  });
}

/** The reason that somebody gave stands here, and nowhere else. */
function writeDisconnect(
  log: Log,
  { before, event, after }: { before: AgentState; event: AgentEvent; after: AgentState },
): void {
  if (before.tunnel.wish === after.tunnel.wish) return;
  const { wish } = after.tunnel;
  if (event.kind !== "asked" || event.request.verb !== "down") {
    log.write("info", "tunnel wished", { wish });
    return;
  }
  const { reason } = event.request;
  log.write("info", "tunnel wished", { wish, user: event.peer.user, reason });
}

/** Tells a trouble as it comes, as it changes and as it ends, however often it is met. */
export function writeTroubles(
  log: Log,
  before: AgentState["warnings"],
  after: AgentState["warnings"],
): void {
  if (before === after) return;
  for (const [topic, error] of Object.entries(after)) {
    if (isSameError(before[topic], error)) continue;
    const { title, detail, fix } = describeError(error);
    log.write("warn", "trouble", { topic, code: error.code, title, detail, fix });
  }
  for (const [topic, { code }] of Object.entries(before)) {
    if (after[topic] === undefined) log.write("info", "trouble over", { topic, code });
  }
}

/** Tells each setting that is not taken once, and once that it is over. */
export function writeSettingProblems(
  log: Log,
  before: Settings["problems"],
  after: Settings["problems"],
): void {
  if (before === after) return;
  const line = (error: ErrorRef) => ({ code: error.code, ...error.params });
  const missingIn = (others: Settings["problems"]) => (error: ErrorRef) =>
    !others.some((other) => isSameError(other, error));
  for (const error of after.filter(missingIn(before))) {
    log.write("warn", "setting problem", line(error));
  }
  for (const error of before.filter(missingIn(after))) {
    log.write("warn", "setting problem over", line(error));
  }
}

function isSameError(one: ErrorRef | undefined, other: ErrorRef): boolean {
  return one?.code === other.code && JSON.stringify(one.params) === JSON.stringify(other.params);
}

function phasesOf(state: AgentState): string {
  return `${stateOf(state)}/${state.link.phase.kind}`;
}

function eventName(event: AgentEvent): string {
  if (event.kind === "frame") return `frame ${event.message.kind}`;
  if (event.kind === "netdAnswered") return `netdAnswered ${event.topic.kind}`;
  if (event.kind === "netdNoticed") return `netdNoticed ${event.name}`;
  return event.kind === "asked" ? `asked ${event.request.verb}` : event.kind;
}

function errorOf(event: AgentEvent): unknown {
  if (event.kind === "trouble") return null; // told once, by `writeTroubles`
  if ("error" in event) return event.error;
  if (event.kind === "netdLost") return event.because;
  if (event.kind === "netdAnswered") return event.answer.error;
  if (event.kind === "frame") return event.message.kind === "error" ? event.message : null;
  const refused = event.kind === "enrolmentAnswered" && event.outcome.kind === "failed";
  return refused ? event.outcome.error : null;
}
