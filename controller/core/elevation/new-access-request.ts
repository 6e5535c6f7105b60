/** What an access request must be for, and a new one; made for devices and for administrators alike. */
import type { Reason } from "#shared/policy/decision.ts";
import { elevationMaxSeconds } from "#shared/policy/condition.ts";
import type { AccessRequest } from "./access-request.ts";

/** What is to be approved for a resource to open; null where no rule waits for an approval alone. */
interface Wanted {
  readonly role: string;
  readonly approvals: number;
  /** Null: the rule does not say. */
  readonly secondsMax: number | null;
}

/** Who asks for what, and for how long. */
export interface AskedFor {
  readonly id: string;
  readonly device: string;
  readonly resource: string;
  readonly reason: string;
  readonly seconds: number;
  readonly requestedBy: string;
  readonly requestedByName: string;
  readonly at: number;
  /** One of several roles that the resource's rules ask for. */
  readonly role?: string | undefined;
}

/** Returns the request that the reasons of a refusal ask for, the nearest rule first; null = an approval opens nothing. */
export function newAccessRequest(
  reasons: readonly Reason[],
  { role, seconds, ...asked }: AskedFor,
): AccessRequest | null {
  const wanted = wantedBy(reasons, role);
  if (wanted === null) return null;
  return {
    ...asked,
    role: wanted.role,
    seconds: Math.min(seconds, wanted.secondsMax ?? elevationMaxSeconds, elevationMaxSeconds),
    status: "pending",
    approvals: [],
    approvalsNeeded: wanted.approvals,
    sinceAt: null,
    untilAt: null,
    endedBecause: null,
  };
}

function wantedBy(reasons: readonly Reason[], role: string | undefined): Wanted | null {
  for (const { code, params } of reasons) {
    if (code !== "approval_needed" || typeof params["role"] !== "string") continue;
    if (role !== undefined && params["role"] !== role) continue;
    const { approvedBy, maxSeconds } = params;
    return {
      role: params["role"],
      approvals: typeof approvedBy === "number" ? approvedBy : 1,
      secondsMax: typeof maxSeconds === "number" ? maxSeconds : null,
    };
  }
  return null;
}
