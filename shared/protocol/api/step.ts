/** What every step that an administrator takes answers beside its own: its effect and its time. */
import { z } from "zod";

/** How long the controller needed, and what gateways closed; `tookMs` is null where one has not confirmed yet. */
export const stepEffect = z.object({
  tookMs: z.number(),
  removals: z
    .array(z.object({ gateway: z.string(), removed: z.number(), tookMs: z.number().nullable() }))
    .readonly(),
});

/** The effect of a step, and its time. */
export type StepEffect = z.infer<typeof stepEffect>;
