/** Reports of what others saw, as the admin API answers them. */
import { z } from "zod";

/** The devices that the report is about. */
export const riskReported = z.object({ devices: z.array(z.string()).readonly() });
