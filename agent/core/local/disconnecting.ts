/**
 * Who may take the tunnel down, and when it comes up again by itself.
 *
 *    up ──down (allowed, with its reason)──> down ──up, ReconnectAfter, AlwaysOn──> up
 */
import { runTunnel } from "../tunnel/run-tunnel.ts";
import { setChecking } from "../posture/posture.ts";
import { after, type Step, still, withWarning } from "../effect.ts";
import type { Deadline } from "../moment.ts";
import { keyProblem, type Settings } from "../settings.ts";
import type { AgentState, Context } from "../state.ts";

/** Schema name of the settings. */
const settingsSchema = "sallyport.settings/1";

/** Takes the tunnel up or down by somebody's wish, and remembers it. */
export function wishFor(state: AgentState, wish: "up" | "down", context: Context): Step {
  const downMs = wish === "down" ? context.now.monotonicMs : null;
  const saved: Step = { state: { ...state, downMs }, effects: [{ kind: "saveWish", wish }] };
  return after(saved, (reached) => runTunnel(reached, { kind: "wished", wish }, context));
}

/** Returns the first step: what is always on does not stay down over a start. */
export function beginConnected(state: AgentState, context: Context): Step {
  const down = state.downMs !== null;
  return down && state.settings.alwaysOn ? wishFor(state, "up", context) : still(state);
}

/** Takes settings that were read anew; what they no longer allow ends now. */
export function takeSettings(state: AgentState, settings: Settings, context: Context): Step {
  const posture = setChecking(state.posture, settings.postureChecking, context.now);
  // What an earlier key was refused for is then beside the point.
  const known = keyProblem(settings) === undefined ? state : withWarning(state, "enrolment", null);
  return reconnectWhenDue({ ...known, settings, posture }, context);
}

/** Takes the tunnel up where its owner wants it up again. */
export function reconnectWhenDue(state: AgentState, context: Context): Step {
  if (state.downMs === null) return still(state);
  const { alwaysOn, allowUserDisconnect, reconnectAfterMs } = state.settings;
  const overMs = reconnectAfterMs === null ? null : state.downMs + reconnectAfterMs;
  const over = overMs !== null && context.now.monotonicMs >= overMs;
  const forbidden = alwaysOn && !allowUserDisconnect;
  return over || forbidden ? wishFor(state, "up", context) : still(state);
}

/** Returns when a tunnel that was taken down comes up by itself. */
export function reconnectDeadline({ downMs, settings }: AgentState): Deadline | null {
  const { reconnectAfterMs } = settings;
  if (downMs === null || reconnectAfterMs === null) return null;
  return { at: downMs + reconnectAfterMs, reason: "take the tunnel up again" };
}

/** Returns what `sallyport settings` shows. */
export function settingsOf(settings: Settings): Readonly<Record<string, unknown>> {
  return { schema: settingsSchema, settings: settings.rows };
}
