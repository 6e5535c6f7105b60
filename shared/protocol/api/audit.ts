/** The audit log as the admin API shows it. */
import { z } from "zod";
import { instant, pageOf } from "./answer-atoms.ts";

/** Who changed what; `body` holds before and after where there is one. */
const auditShown = z.object({
  seq: z.number(),
  at: instant.nullable(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  subjectName: z.string().nullable(),
  body: z.record(z.string(), z.unknown()),
});

/** Entries, newest first. */
export const auditPage = pageOf(auditShown);

/** Who changed what. */
export type AuditShown = z.infer<typeof auditShown>;
