/** What holds for this controller as a whole, as the admin API shows it. */
import { z } from "zod";
import { words } from "./answer-atoms.ts";

/** How long things are kept, in days. */
const retentionShown = z.object({ eventDays: z.number(), otherDays: z.number() });

/** What `init` fixed, and what administrators may change. */
export const settingsShown = z.object({
  version: z.string(),
  trustDomain: z.string(),
  /** Where agents reach the controller, and the pin of its root. */
  agentsUrl: z.string(),
  rootPin: z.string(),
  network: z.object({
    pool4: z.string(),
    pool6: z.string(),
    mtu: z.number(),
    extraProtected: words,
  }),
  secondApprover: z.boolean(),
  retention: retentionShown,
});

/** What holds for this controller as a whole. */
export type SettingsShown = z.infer<typeof settingsShown>;
