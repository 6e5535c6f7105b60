/** What a local user is told of each resource: the controller's verdict, and what overrules it here. */
import { rfc3339 } from "#shared/base/rfc3339.ts";
import type { ErrorCode } from "#shared/base/errors.ts";
import type { Reason } from "#shared/policy/decision.ts";
import type { Moment } from "../moment.ts";
import { runsOnUntilMs } from "../tunnel/runs-on.ts";
import type { TunnelState } from "../tunnel/tunnel.ts";
import type { Verdict } from "../tunnel/verdict.ts";
import type { Failing } from "./failing.ts";

type VerdictResource = Verdict["resources"][number];

/** All codes that this machine adds to those of the controller. */
export const localReasonCodes = [
  "user_down",
  "not_enforced",
  "offline",
  "names_unserved",
  "not_connected",
  "runs_on",
  "fails_by_now",
  "not_checked",
] as const;

/** A closed code of this machine's own. */
export type LocalReasonCode = (typeof localReasonCodes)[number];

/** What this machine adds: why it keeps closed what the controller would open, or how it stands. */
interface LocalReason {
  readonly code: LocalReasonCode;
  readonly params: {
    readonly error?: ErrorCode;
    readonly until?: string;
    readonly signal?: string;
    readonly level?: string;
    readonly had?: string;
    readonly setting?: string;
    readonly owner?: string;
    readonly support?: string;
  };
}

/** A resource as status and explanation tell it. */
export type LocalResource = Omit<VerdictResource, "reasons"> & {
  readonly reasons: readonly (Reason | LocalReason)[];
};

/**
 * Returns the resources of the verdict, closed where nothing flows on this machine whatever it says;
 * what still flows names what fails by now.
 */
export function resourcesOf(
  tunnel: TunnelState,
  now: Moment,
  failing: readonly Failing[] = [],
): readonly LocalResource[] {
  const resources = tunnel.verdict?.resources ?? [];
  const reason = localReason(tunnel);
  if (reason !== null) return resources.map((resource) => closed(resource, reason));
  const fails = failing.map(({ signal, level, had }): LocalReason => {
    return { code: "fails_by_now", params: { signal, level, had: String(had) } };
  });
  return resources
    .map((resource) => standing(tunnel, resource, now))
    .map((resource) =>
      resource.state === "open"
        ? { ...resource, reasons: [...resource.reasons, ...fails] }
        : resource,
    );
}

/** An open resource whose names are not answered still flows by its addresses. */
function standing(tunnel: TunnelState, resource: VerdictResource, now: Moment): LocalResource {
  const { phase, linkLostMs, applied } = tunnel;
  if (
    phase.kind === "offline" &&
    (resource.state !== "open" || phase.ended.includes(resource.resource))
  ) {
    return closed(resource, { code: "offline", params: {} });
  }
  if (resource.state !== "open") return resource;
  const reasons: LocalReason[] = [];
  if (linkLostMs !== null) {
    const untilMs = runsOnUntilMs(resource, linkLostMs, now);
    const until = rfc3339(Math.round(now.wallAt + untilMs - now.monotonicMs));
    reasons.push({ code: "runs_on", params: { until } });
  }
  if (applied?.harm === "names") {
    reasons.push({ code: "names_unserved", params: { error: "SP-402" } });
  }
  return { ...resource, reasons: [...reasons, ...resource.reasons] };
}

function closed(resource: VerdictResource, reason: LocalReason | Reason): LocalResource {
  const { validUntilAt: _, ...rest } = resource;
  const state = rest.state === "open" ? "blocked" : rest.state;
  const others = rest.reasons.filter(({ code }) => code !== reason.code);
  return { ...rest, state, reasons: [reason, ...others] };
}

function localReason(tunnel: TunnelState): LocalReason | Reason | null {
  const { phase, wish, revoked, applied, stood } = tunnel;
  if (phase.kind === "cannotEnforce") {
    return { code: "not_enforced", params: { error: phase.because.code } };
  }
  if (wish === "down") return { code: "user_down", params: {} };
  if (revoked) return { code: "revoked", params: {} };
  if (applied?.harm === "tunnel") return { code: "not_enforced", params: { error: "SP-402" } };
  return applied === null && stood !== true ? { code: "not_connected", params: {} } : null;
}
