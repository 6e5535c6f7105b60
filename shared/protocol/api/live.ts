/** What events of the stream `GET /live` carry, as far as clients read them; the rest is asked for. */
import { z } from "zod";

/** Records of this kind changed. */
export const liveRecords = z.object({ what: z.string() });
