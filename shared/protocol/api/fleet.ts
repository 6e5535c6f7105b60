/** Many devices at once, as the admin API shows them: who reaches what, leases, reports, steps. */
import { z } from "zod";
import { instant, listOf, pageOf, reading, words } from "./answer-atoms.ts";
import { stepEffect } from "./step.ts";
import { effect, reason } from "./decision.ts";

const cell = z.object({
  /** Id of the resource. */
  resource: z.string(),
  effect,
  determinedBy: words,
  /** The first reason of what is closed. */
  why: reason.nullable(),
  reference: z.string(),
});

/** Who reaches what now; a pair without a cell is named by no rule. */
export const accessMatrix = pageOf(
  z.object({
    device: z.string(),
    name: z.string(),
    owner: z.string().nullable(),
    status: z.string(),
    connected: z.boolean(),
    cells: z.array(cell).readonly(),
  }),
).extend({
  resources: z.array(z.object({ id: z.string(), name: z.string() })).readonly(),
  /** How many more resources there are than columns. */
  resourcesMore: z.number(),
});

/** Leases that gateways hold now, the one that ends first at the head. */
export const grantPage = pageOf(
  z.object({
    jti: z.string(),
    device: z.string(),
    deviceName: z.string().nullable(),
    gateway: z.string(),
    resources: words,
    decision: z.string(),
    issuedAt: instant.nullable(),
    expiresAt: instant.nullable(),
  }),
);

/** What a device reported, newest first. */
export const eventPage = pageOf(
  z.object({
    epoch: z.string(),
    seq: z.number(),
    receivedAt: instant.nullable(),
    signal: z.string().nullable(),
    reading: reading.nullable(),
  }),
);

/** What became of a step for each device that was named. */
export const stepResults = listOf(
  z.object({
    device: z.string(),
    name: z.string(),
    /** Null: done. */
    problem: z.object({ code: z.string(), detail: z.string() }).nullable(),
    status: z.string(),
  }),
).extend(stepEffect.shape);

/** Who reaches what now. */
export type AccessMatrix = z.infer<typeof accessMatrix>;
/** What became of a step for each device that was named. */
export type StepResults = z.infer<typeof stepResults>;
