/** How long things are kept, in days: what administrators set, else 30 for reports and 400 for all else. */
import { z } from "zod";

/** The key of the setting. */
export const retentionKey = "retention";

const retentionDays = z.strictObject({
  eventDays: z.int().min(1),
  otherDays: z.int().min(1),
});

const usual = { eventDays: 30, otherDays: 400 };

/** Returns what is set; where that cannot be read nothing is deleted early. */
export function retentionOf(
  settings: Readonly<Record<string, unknown>>,
): z.infer<typeof retentionDays> {
  const set = retentionDays.safeParse(settings[retentionKey]);
  return set.success ? set.data : usual;
}
