/** Problem details (RFC 9457) of the admin API: codes, never stacks. */
import { z } from "zod";

/** One problem; `errors` are the places of a refused document. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  slug: z.string(),
  fix: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  errors: z.array(z.string()).readonly().optional(),
});

/** One problem as the API answers it. */
export type Problem = z.infer<typeof problem>;
