/** What the collector answers: bounded, and read by the agent as if it came from a stranger. */
import { z } from "zod";
import { fact } from "#shared/protocol/fact.ts";
import type { WatchedProcess } from "./linux/processes.ts";
import type { Observation } from "./observation.ts";

const observation = z.strictObject({ fact, raw: z.string().max(2_048) });
const watchedProcess = z.strictObject({
  pid: z.int().min(1),
  startTicks: z.string().max(20),
});

/** What the collector answers. */
export const collectorAnswer = z.discriminatedUnion("ok", [
  z.strictObject({
    id: z.int(),
    ok: z.literal(true),
    observations: z.array(observation).max(256),
    watched: z.array(watchedProcess).max(256),
    again: z.boolean().default(false),
    inventory: z.record(z.string().max(64), z.unknown()).optional(),
  }),
  z.strictObject({
    id: z.int().nullable(),
    ok: z.literal(false),
    error: z.enum(["bad_request", "failed"]),
    detail: z.string().max(512),
  }),
]);

/** One answer as the collector writes it; the schema above is how the agent reads it. */
export type CollectorReply =
  | {
      readonly id: number;
      readonly ok: true;
      readonly observations: readonly Observation[];
      readonly watched: readonly WatchedProcess[];
      readonly again?: boolean;
      readonly inventory?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly id: number | null;
      readonly ok: false;
      readonly error: "bad_request" | "failed";
      readonly detail: string;
    };
