/** What events of the stream `GET /live` carry, as far as clients read them; the rest is asked for. */
import { z } from "zod";

/** A gateway confirmed that so many accesses are gone, so long after it was told. */
export const liveRemoval = z.object({
  gateway: z.string(),
  removed: z.number(),
  tookMs: z.number(),
});

/** Records of this kind changed. */
export const liveRecords = z.object({ what: z.string() });

/** One confirmed removal. */
export type LiveRemoval = z.infer<typeof liveRemoval>;
