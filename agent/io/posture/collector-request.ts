/**
 * What the agent asks of its collector: closed verbs. Kept apart from the answers, whose schemas each
 * start of the collector would have to load.
 */
import { z } from "zod";
import { signalName } from "#shared/protocol/atoms.ts";

/** Longest line in bytes, either way. */
export const lineBytesMax = 1024 * 1024;

/** What the agent asks: facts for signals, or the hardware inventory. */
export const collectorRequest = z.discriminatedUnion("verb", [
  z.strictObject({
    id: z.int().min(1),
    verb: z.literal("collect"),
    signals: z.array(signalName).min(1).max(64),
    /** What would take seconds is left out. */
    atOnce: z.boolean().default(false),
  }),
  z.strictObject({ id: z.int().min(1), verb: z.literal("inventory") }),
]);

/** One request of the agent. */
export type CollectorRequest = z.infer<typeof collectorRequest>;
