/** Requests for time-boxed access as the admin API shows them. */
import { z } from "zod";
import { instant, listOf } from "./answer-atoms.ts";
import { stepEffect } from "./step.ts";

/** A request with names beside its ids. */
export const accessRequestShown = z.object({
  id: z.string(),
  device: z.string(),
  deviceName: z.string().nullable(),
  resource: z.string(),
  resourceName: z.string().nullable(),
  role: z.string(),
  reason: z.string(),
  seconds: z.number(),
  requestedBy: z.string(),
  requestedByName: z.string(),
  status: z.enum(["pending", "approved", "denied", "ended"]),
  state: z.enum(["pending", "approved", "denied", "ended", "over"]),
  at: instant.nullable(),
  sinceAt: instant.nullable(),
  untilAt: instant.nullable(),
  approvals: z
    .array(z.object({ admin: z.string(), name: z.string(), at: instant.nullable() }))
    .readonly(),
  approvalsNeeded: z.number(),
  endedBecause: z.string().nullable(),
});

/** A request after a step. */
export const accessRequestStepped = accessRequestShown.extend(stepEffect.shape);

/** The newest requests. */
export const accessRequestList = listOf(accessRequestShown);

/** A request with names beside its ids. */
export type AccessRequestShown = z.infer<typeof accessRequestShown>;
