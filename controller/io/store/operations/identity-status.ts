/**
 * The life of an identity; any other step is a conflict (SP-705).
 *
 *   pending ──approve──► active ──quarantine──► quarantined ──release──► what it was
 *   unattested ─approve─►   unattested ──quarantine──►
 *   any ──revoke──► revoked
 */
import { CodedError } from "#shared/base/coded-error.ts";
import type { IdentityStatus } from "../../../core/record.ts";

/** All steps. */
export const statusSteps = ["approve", "quarantine", "release", "revoke"] as const;

/** What an administrator does to an identity. */
export type StatusStep = (typeof statusSteps)[number];

/** Where an identity stands, and where a quarantine leads back to. */
export interface Standing {
  readonly status: IdentityStatus;
  readonly heldStatus?: IdentityStatus | undefined;
}

const allowedFrom: Readonly<Record<StatusStep, readonly IdentityStatus[]>> = {
  approve: ["pending", "unattested"],
  quarantine: ["active", "unattested"],
  release: ["quarantined"],
  revoke: ["pending", "unattested", "active", "quarantined"],
};

/** Returns where the step leads; a release never lifts more than the quarantine took. */
export function nextStanding(now: Standing, step: StatusStep, name: string): Standing {
  if (!allowedFrom[step].includes(now.status)) {
    throw new CodedError("SP-705", { why: `\`${name}\` is ${now.status}; it cannot ${step} now` });
  }
  switch (step) {
    case "approve":
      return { status: "active" };
    case "quarantine":
      return { status: "quarantined", heldStatus: now.status };
    case "release":
      return { status: now.heldStatus ?? "unattested" };
    case "revoke":
      return { status: "revoked" };
  }
}
