/** The fleet in numbers, as the admin API shows it. */
import { z } from "zod";
import { instant } from "./answer-atoms.ts";

/** What the first page shows; `cutoff` is of this run of the controller. */
export const overview = z.object({
  at: instant.nullable(),
  version: z.string(),
  startedAt: instant.nullable(),
  devices: z.object({
    total: z.number(),
    connected: z.number(),
    byStatus: z.record(z.string(), z.number()),
    clear: z.number(),
    blocked: z.number(),
  }),
  gateways: z.object({ total: z.number(), connected: z.number() }),
  resources: z.number(),
  policyVersion: z.string().nullable(),
  /** Null while nothing was cut off by a report. */
  cutoff: z
    .object({ count: z.number(), p50Ms: z.number().nullable(), p99Ms: z.number().nullable() })
    .nullable(),
  waiting: z.object({
    approvals: z.number(),
    requests: z.number(),
    policyChange: z.number().nullable(),
  }),
  expiringKeys: z
    .array(z.object({ id: z.string(), name: z.string(), expiresAt: instant.nullable() }))
    .readonly(),
});

/** The fleet in numbers. */
export type Overview = z.infer<typeof overview>;
