import type { Reason, ReasonCode } from "#shared/policy/decision.ts";
import { causeText, titleOf, unmetSignalText } from "#shared/posture/signal-text.ts";
import { clockText } from "./clock-text.ts";
import type { LocalReasonCode } from "../core/local/resources.ts";

/** A reason as this program reads it, the controller's or the agent's own. */
interface ShownReason {
  readonly code: ReasonCode | LocalReasonCode;
  readonly params: Reason["params"];
}

const clockNow = (instant: string): string => clockText(instant, Date.now());

/** Returns a sentence part for people; codes and values come from the daemon, words from here. */
export function reasonText(reason: ShownReason, instantText = clockNow): string {
  const { code, params } = reason;
  const value = (name: string): string => String(params[name] ?? "?");
  const level = params["level"] === undefined ? "" : ` (level ${value("level")})`;
  switch (code) {
    case "no_rule":
      return "no rule gives you access";
    case "level_not_met":
      return `${unmetSignalText(value("signal"), value("had"), value("wanted"))}${level}`;
    case "fact_unknown":
      return `${titleOf(value("signal"))} could not be checked: ${causeText(value("because"))}${level}`;
    case "fact_stale":
      return `${titleOf(value("signal"))} was not confirmed lately${level}`;
    case "group_missing":
      return `membership missing: ${value("wanted")}`;
    case "outside_hours":
      return "outside the allowed hours";
    case "step_up_needed":
      return "a stronger sign-in is needed";
    case "sign_in_needed":
      return "sign-in is needed";
    case "quarantined":
      return "this device is quarantined";
    case "revoked":
      return "this device was revoked";
    case "risk":
      return "the risk is too high";
    case "denied_by_rule":
      return params["message"] === undefined ? "denied by a rule" : value("message");
    case "approval_needed":
      return "an approval is needed";
    case "user_down":
      return "you took the tunnel down; `sallyport up` brings it back";
    case "not_enforced":
      return `this machine cannot protect it now (${value("error")})`;
    case "names_unserved":
      return `its names are not answered here (${value("error")}); its addresses are open`;
    case "offline":
      return "no controller was reached for too long";
    case "not_connected":
      return "no controller was reached since the agent was started";
    case "runs_on":
      return `no controller is reached; it flows on until ${instantText(value("until"))} at the latest`;
    case "fails_by_now":
      return `${unmetSignalText(value("signal"), value("had"), "")} by now${level}; once the controller hears of it, it closes what needs it`;
    case "not_checked":
      return `the posture of this machine is not checked (${value("setting")}, set by ${value("owner")}): ask ${value("support")}`;
    case "evaluation_error":
      return "the rule could not be evaluated";
    case "grant_full":
      return `one device reaches at most ${value("max")} resources at a site, and you may reach ${value("count")} at ${value("site")}: ask your administrator to join some or to narrow the rules`;
  }
}
