/** Decisions in words for administrators, with all values that users are not shown. */
import { causeText, wantedText } from "../posture/signal-text.ts";
import type { Reason, Unmet } from "./decision.ts";

/** Returns the rule and what did not hold, with the values that were wanted and seen. */
export function unmetText(unmet: Unmet): string {
  const level = unmet.level === undefined ? "" : ` (level ${unmet.level})`;
  // What closes everything is no rule's.
  const rule = unmet.policy === "" ? "" : `${unmet.policy}: `;
  return `${rule}${reasonText(unmet.reason)}${level}`;
}

/** Returns a reason with the values that were wanted and seen. */
export function reasonText({ code, params }: Reason): string {
  const value = (name: string) => String(params[name] ?? "?");
  switch (code) {
    case "no_rule":
      return "no rule allows this";
    case "level_not_met":
      return `${value("signal")} was ${value("had")}, needed ${wantedText(value("wanted"))}`;
    case "fact_unknown":
      return `${value("signal")} was not known: ${causeText(value("because"))}`;
    case "fact_stale":
      return `${value("signal")} was unknown (stale): not confirmed lately`;
    case "group_missing":
      return `not in ${value("wanted")}`;
    case "outside_hours":
      return `outside ${value("wanted")} ${value("zone")}`;
    case "step_up_needed":
      return "a stronger sign-in was needed";
    case "sign_in_needed":
      return "a sign-in was needed";
    case "quarantined":
      return "the device was quarantined";
    case "revoked":
      return "the device was revoked";
    case "risk":
      return `the risk ${value("score")} was ${value("had")}, needed ${value("wanted")}`;
    case "denied_by_rule":
      return "a rule denied this";
    case "approval_needed":
      return "an approval was needed";
    case "evaluation_error":
      return "the rule could not be evaluated";
    case "grant_full":
      return `allowed, but one device reaches at most ${value("max")} resources at a site and has ${value("count")} at ${value("site")}: join some into one, or narrow the rules`;
  }
}
