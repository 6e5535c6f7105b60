/** `sallyport.status/1`: what the agent tells a local user, in every state. */
import { type ErrorRef, describeError } from "#shared/base/coded-error.ts";
import { rfc3339 } from "#shared/base/rfc3339.ts";
import type { Moment } from "../moment.ts";
import type { AgentState } from "../state.ts";
import { heldError } from "./held.ts";
import { managed } from "./request.ts";
import { signedInShown } from "./user-sign-in.ts";
import { toldResources } from "./unchecked.ts";

/** Schema name of the status. */
const statusSchema = "sallyport.status/1";

/** All states a status may show. */
export const statusStates = [
  "notEnrolled",
  "pendingApproval",
  "signedOut",
  "connecting",
  "connected",
  "narrowed",
  "blocked",
  "offline",
  "cannotEnforce",
] as const;

/** One word for what may flow. */
export type StatusState = (typeof statusStates)[number];

/** Returns the status as plain JSON; times are RFC 3339. */
export function statusOf(state: AgentState, now: Moment): Readonly<Record<string, unknown>> {
  const { tunnel, identity, link, settings } = state;
  const verdict = tunnel.verdict;
  return {
    schema: statusSchema,
    state: stateOf(state),
    role: state.host.role,
    device: identity === null ? null : { id: identity.id, hostname: state.host.hostname },
    reportedAt: state.reportedAt === null ? null : rfc3339(state.reportedAt),
    ...(settings.managedBy === null ? {} : { managedBy: settings.managedBy }),
    ...(settings.supportUrl === null ? {} : { supportUrl: settings.supportUrl }),
    managed: settings.rows.flatMap(({ key, source }) => (source === "managed" ? [key] : [])),
    disconnect: disconnectOf(state),
    ...(settings.hideTray ? { hideTray: true } : {}),
    session: sessionOf(state, now),
    resources: toldResources(state, now).map(({ validUntilAt, ...resource }) => ({
      ...resource,
      ...(validUntilAt === undefined ? {} : { renewsAt: rfc3339(validUntilAt) }),
    })),
    ...(verdict?.unnamed === undefined ? {} : { unnamed: verdict.unnamed }),
    levels: (verdict?.levels ?? []).map(({ until, ...level }) => ({
      ...level,
      ...(until === undefined ? {} : { until: rfc3339(until) }),
    })),
    ...(verdict?.message === undefined ? {} : { message: verdict.message }),
    configVersion: tunnel.applied?.version ?? 0,
    spooled: state.outbox.pending.length,
    link: link.phase.kind,
    warnings: warningsOf(state).map(shown),
  };
}

/** Returns the one word for what may flow. */
export function stateOf(state: AgentState): StatusState {
  switch (state.enrolment.kind) {
    case "none":
      return "notEnrolled";
    case "asking":
      return state.enrolment.wasPending ? "pendingApproval" : "notEnrolled";
    case "pending":
      return "pendingApproval";
    case "joined":
      return state.tunnel.phase.kind;
  }
}

function sessionOf(state: AgentState, now: Moment): Readonly<Record<string, unknown>> {
  const { identity, link, signedIn } = state;
  if (identity === null) return { state: "none" };
  const { notAfterAt } = identity.certificate;
  const at = now.wallAt + link.skewMs;
  return {
    state: at >= notAfterAt ? "expired" : "valid",
    certificateUntil: rfc3339(notAfterAt),
    ...signedInShown(signedIn, at),
  };
}

/** Whether somebody who is no administrator may take the tunnel down, and what it takes. */
function disconnectOf({ settings, tunnel }: AgentState): Readonly<Record<string, unknown>> {
  return {
    down: tunnel.wish === "down",
    allowed: settings.allowUserDisconnect,
    needsReason: settings.disconnectRequiresReason,
  };
}

/** Returns every trouble that people must see. */
export function warningsOf(state: AgentState): readonly ErrorRef[] {
  const { link, tunnel, warnings } = state;
  const { because } = tunnel.netd;
  // What netd refuses without its pin or key follows from that loss, and has another cure.
  const lost = because?.code === "SP-302";
  const found = Object.entries(warnings).flatMap(([topic, error]) =>
    lost && topic === "trust" ? [] : [error],
  );
  found.push(...heldError(state), ...state.settings.problems);
  if (link.because !== null && link.phase.kind !== "up") found.push(link.because);
  if (because !== null) found.push(because);
  // Without the controller the whole network may be away: that is said above.
  const mayFlow =
    link.phase.kind === "up" && tunnel.wish === "up" && tunnel.phase.kind !== "blocked";
  if (state.silentEndpoint !== null && mayFlow) {
    found.push({ code: "SP-407", params: { endpoint: state.silentEndpoint } });
  }
  if (tunnel.wish === "up" && !lost) found.push(...(tunnel.applied?.errors ?? []));
  // What closes for want of readings would else seem to be a fault of theirs.
  if (!state.settings.postureChecking && state.enrolment.kind === "joined") {
    found.push(managed("posture", "PostureChecking=never", state.settings));
  }
  return found;
}

function shown(error: ErrorRef): Readonly<Record<string, unknown>> {
  const { title, detail, fix } = describeError(error);
  return { code: error.code, params: error.params, title, detail, fix };
}
