import type { RefusedJoining } from "../../../ports/enrolment-store.ts";
import { writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** One that is kept, and how many were not since the last one. */
export interface KeptRefusal extends RefusedJoining {
  readonly leftOut: number;
}

/** Writes down that somebody was refused to join, by which key and why. */
export const refuseJoining: Operation<KeptRefusal, void> = (db, refusal) => {
  const { nowAt, keyId = "none", ...body } = refusal;
  const action = "identity refuse";
  return writeAudit(db, { at: nowAt, actor: "nobody", action, subject: keyId, body });
};
