/** What a local user is told of each resource: the controller's verdict, and what overrules it here. */
import type { ErrorCode } from "#shared/base/errors.ts";
import type { Reason } from "#shared/policy/decision.ts";
import type { TunnelState, Verdict } from "../tunnel/tunnel.ts";

type VerdictResource = Verdict["resources"][number];

/** All codes that this machine adds to those of the controller. */
export const localReasonCodes = ["user_down", "not_enforced", "offline"] as const;

/** A closed code of this machine's own. */
export type LocalReasonCode = (typeof localReasonCodes)[number];

/** Why this machine keeps closed what the controller would open. */
interface LocalReason {
  readonly code: LocalReasonCode;
  readonly params: { readonly error?: ErrorCode };
}

/** A resource as status and explanation tell it. */
type LocalResource = Omit<VerdictResource, "reasons"> & {
  readonly reasons: readonly (Reason | LocalReason)[];
};

/** Returns the resources of the verdict, closed where nothing flows on this machine whatever it says. */
export function resourcesOf(tunnel: TunnelState): readonly LocalResource[] {
  const resources = tunnel.verdict?.resources ?? [];
  const reason = localReason(tunnel);
  if (reason === null) return resources;
  return resources.map((resource) => closed(resource, reason));
}

function closed(resource: VerdictResource, reason: LocalReason | Reason): LocalResource {
  const { validUntilAt: _, ...rest } = resource;
  const state = rest.state === "open" ? "blocked" : rest.state;
  return { ...rest, state, reasons: [reason, ...rest.reasons] };
}

function localReason({ phase, wish, revoked }: TunnelState): LocalReason | Reason | null {
  if (phase.kind === "cannotEnforce") {
    return { code: "not_enforced", params: { error: phase.because.code } };
  }
  if (wish === "down") return { code: "user_down", params: {} };
  if (revoked) return { code: "revoked", params: {} };
  return phase.kind === "offline" ? { code: "offline", params: {} } : null;
}
