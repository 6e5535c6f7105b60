/** What a local user is told of each resource: the controller's verdict, and what overrules it here. */
import type { ErrorCode } from "#shared/base/errors.ts";
import type { Reason } from "#shared/policy/decision.ts";
import type { TunnelState, Verdict } from "../tunnel/tunnel.ts";

type VerdictResource = Verdict["resources"][number];

/** All codes that this machine adds to those of the controller. */
export const localReasonCodes = ["user_down", "not_enforced", "offline", "names_unserved"] as const;

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
  if (reason !== null) return resources.map((resource) => closed(resource, reason));
  if (tunnel.applied?.harm !== "names") return resources;
  return resources.map((resource) => nameless(resource));
}

/** Its addresses flow. */
function nameless(resource: VerdictResource): LocalResource {
  if (resource.state !== "open") return resource;
  const reason: LocalReason = { code: "names_unserved", params: { error: "SP-402" } };
  return { ...resource, reasons: [reason, ...resource.reasons] };
}

function closed(resource: VerdictResource, reason: LocalReason | Reason): LocalResource {
  const { validUntilAt: _, ...rest } = resource;
  const state = rest.state === "open" ? "blocked" : rest.state;
  return { ...rest, state, reasons: [reason, ...rest.reasons] };
}

function localReason(tunnel: TunnelState): LocalReason | Reason | null {
  const { phase, wish, revoked, applied } = tunnel;
  if (phase.kind === "cannotEnforce") {
    return { code: "not_enforced", params: { error: phase.because.code } };
  }
  if (wish === "down") return { code: "user_down", params: {} };
  if (revoked) return { code: "revoked", params: {} };
  if (applied?.harm === "tunnel") return { code: "not_enforced", params: { error: "SP-402" } };
  return phase.kind === "offline" ? { code: "offline", params: {} } : null;
}
