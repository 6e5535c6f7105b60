/** What `doctor` says about signals that cannot be read: one line for each reason, with its fix. */
import type { UnknownReason } from "#shared/posture/fact.ts";
import { factsOf } from "../posture/posture.ts";
import type { PostureState } from "../posture/posture-state.ts";
import type { Check } from "./check.ts";

interface Advice {
  readonly detail: string;
  readonly fix?: string;
}

const advice: Readonly<Record<UnknownReason, Advice>> = {
  tool_missing: {
    detail: "the program that tells is not installed",
    fix: "install it: `sallyport posture --evidence SIGNAL` names it",
  },
  permission: {
    detail: "only root may read it",
    fix: "let the collector run as root: `systemctl enable --now sallyport-collector.socket`",
  },
  timeout: {
    detail: "the answer did not come in time",
    fix: "run `sallyport recheck` when the machine is less busy",
  },
  parse: {
    detail: "the answer was not understood",
    fix: "send `sallyport posture --evidence SIGNAL` to your administrator",
  },
  stale_source: {
    detail: "the system's own information is too old",
    fix: "refresh it, on Debian and Ubuntu: `sudo apt update`",
  },
  unsupported_os: { detail: "this system is not one that Sallyport can read" },
  conflict: {
    detail: "two sources contradict each other",
    fix: "`sallyport posture --evidence SIGNAL` shows both",
  },
  tampered_tool: {
    detail: "the program that tells could be changed by others than root, so it is not run",
    fix: "reinstall it, and take write access to its folder from everybody but root",
  },
  network_fs: { detail: "it lies on a network file system" },
  no_data: { detail: "this machine does not tell" },
  rate_limited: {
    detail: "it changes all the time",
    fix: "find what changes it; Sallyport looks again in a few seconds",
  },
};

/** Returns a check for each reason why something is unknown, and one when everything could be read. */
export function postureChecks(posture: PostureState): readonly Check[] {
  const facts = factsOf(posture);
  const reasons = new Map<UnknownReason, string[]>();
  for (const { signal, reading } of facts) {
    if (reading.kind !== "unknown") continue;
    reasons.set(reading.reason, [...(reasons.get(reading.reason) ?? []), signal]);
  }
  if (facts.length === 0) {
    return [{ name: "posture", state: "unknown", detail: "nothing was read yet" }];
  }
  const known = facts.length - [...reasons.values()].flat().length;
  return [
    { name: "posture", state: "ok", detail: `${known} of ${facts.length} signals are known` },
    ...[...reasons].map(([reason, signals]): Check => {
      const { detail, fix } = advice[reason];
      const name = `posture ${reason}`;
      const check = { name, state: "unknown", detail: `${detail}: ${signals.join(", ")}` } as const;
      return fix === undefined ? check : { ...check, fix };
    }),
  ];
}
