/** What vendors published, as the admin API shows it. */
import { z } from "zod";
import { instant } from "./answer-atoms.ts";

/** The bundle that decides now. */
export const osIntelShown = z.object({
  sequence: z.number(),
  publisher: z.string(),
  issuedAt: instant.nullable(),
  expiresAt: instant.nullable(),
  importedAt: instant.nullable(),
  expired: z.boolean(),
  supportIssuedOn: z.string(),
  builds: z.record(z.string(), z.number()),
});

/** A bundle that was taken. */
export const osIntelImported = z.object({ sequence: z.number(), expiresAt: instant.nullable() });
