/** Small schemas of the admin API's answers: shapes for readers, limits stand where values come in. */
import { z } from "zod";

/** RFC 3339, UTC, with milliseconds. */
export const instant = z.string().meta({ format: "date-time" });

/** Names, ids and other words. */
export const words = z.array(z.string()).readonly();

/** A list that comes whole. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item).readonly() });
}

/** A page of a list; `nextAfter` is where the next one begins, null at the end. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item).readonly(), nextAfter: z.string().nullable() });
}

/** What was read of a machine. */
export const reading = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("known"),
    value: z.union([z.boolean(), z.number(), z.string(), words]),
  }),
  z.object({ kind: z.literal("unknown"), reason: z.string() }),
  z.object({ kind: z.literal("notApplicable"), proof: z.string() }),
]);
