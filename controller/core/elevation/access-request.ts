/**
 * A request for a role for a while, from its making to its end.
 *
 *   pending ──last approval──▶ approved ──time over──▶ (over)
 *      ├──deny──▶ denied           └──posture drops, ended by hand──▶ ended
 *      └──nobody answers──▶ (over)
 */
import { hourMs } from "#shared/base/time-span.ts";

/** Nobody answers a request that is older than this. */
export const answerWithinMs = 24 * hourMs;

/** Who said yes. */
export interface Approval {
  /** Id of the administrator. */
  readonly admin: string;
  readonly name: string;
  readonly at: number;
}

/** A request as it is kept; `resource` is what it was made for, `role` what its rule asks. */
export interface AccessRequest {
  readonly id: string;
  readonly device: string;
  readonly resource: string;
  readonly role: string;
  readonly reason: string;
  readonly seconds: number;
  /** Id of the device or of the administrator who asked. */
  readonly requestedBy: string;
  readonly requestedByName: string;
  readonly at: number;
  readonly status: "pending" | "approved" | "denied" | "ended";
  readonly approvals: readonly Approval[];
  /** How many different administrators must say yes. */
  readonly approvalsNeeded: number;
  readonly sinceAt: number | null;
  readonly untilAt: number | null;
  readonly endedBecause: string | null;
}

/** What became of a step, or why it cannot be taken. */
export type StepResult =
  | { readonly kind: "taken"; readonly request: AccessRequest }
  | { readonly kind: "refused"; readonly why: string };

/** What the approver is to the request already, by whatever identity. */
export interface Standing {
  readonly isAsker?: boolean;
  /** Owner of the device, or signed in on it. */
  readonly isUser?: boolean;
  readonly hasApproved?: boolean;
}

/** Adds an approval; the time box begins with the last one that is needed. */
export function approve(
  request: AccessRequest,
  approval: Approval,
  { isAsker = false, isUser = false, hasApproved = false }: Standing = {},
): StepResult {
  const refusal = pendingRefusal(request, approval.at);
  if (refusal !== null) return { kind: "refused", why: refusal };
  const { admin } = approval;
  if (isAsker || request.requestedBy === admin) {
    return { kind: "refused", why: "somebody else than who asked must approve it" };
  }
  if (isUser) {
    const why = "somebody else than who owns the device or is signed in on it must approve it";
    return { kind: "refused", why };
  }
  if (hasApproved || request.approvals.some((one) => one.admin === admin)) {
    return { kind: "refused", why: "you approved it already; another approver must follow" };
  }
  const approvals = [...request.approvals, approval];
  if (approvals.length < request.approvalsNeeded) {
    return { kind: "taken", request: { ...request, approvals } };
  }
  const sinceAt = approval.at;
  const untilAt = sinceAt + request.seconds * 1_000;
  return {
    kind: "taken",
    request: { ...request, status: "approved", approvals, sinceAt, untilAt },
  };
}

/** Says no. */
export function deny(request: AccessRequest, at: number): StepResult {
  const refusal = pendingRefusal(request, at);
  if (refusal !== null) return { kind: "refused", why: refusal };
  return { kind: "taken", request: { ...request, status: "denied", endedBecause: "denied" } };
}

/** Ends what runs or waits. */
export function end(request: AccessRequest, because: string, at: number): StepResult {
  const over = request.status === "approved" && (request.untilAt ?? 0) <= at;
  if (over || request.status === "denied" || request.status === "ended") {
    return { kind: "refused", why: "it is over already" };
  }
  const untilAt = request.untilAt === null ? null : Math.min(request.untilAt, at);
  return {
    kind: "taken",
    request: { ...request, status: "ended", untilAt, endedBecause: because },
  };
}

/** Tells whether the role counts at an instant. */
export function isLive({ status, untilAt }: AccessRequest, at: number): boolean {
  return status === "approved" && untilAt !== null && untilAt > at;
}

function pendingRefusal({ status, at: madeAt }: AccessRequest, at: number): string | null {
  if (status !== "pending") return `it is ${status} already`;
  return at >= madeAt + answerWithinMs ? "nobody answered it in time; ask anew" : null;
}
