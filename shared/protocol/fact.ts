/** Facts and posture events as they travel from agent to controller. */
import { z } from "zod";
import { unknownReasons } from "../posture/fact.ts";
import { deviceText, hex32, instantMs, sha256Hex, signalName } from "./atoms.ts";

const safeInteger = z.int();

const reading = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("known"),
    value: z.union([z.boolean(), safeInteger, deviceText, z.array(deviceText).max(256)]),
  }),
  z.object({ kind: z.literal("unknown"), reason: z.enum(unknownReasons) }),
  z.object({ kind: z.literal("notApplicable"), proof: deviceText.max(64) }),
]);

/** A reading with its source, age and evidence. */
export const fact = z.object({
  signal: signalName,
  reading,
  observedAt: instantMs,
  freshForMs: z
    .int()
    .min(1_000)
    .max(7 * 86_400_000),
  source: z.enum(["self", "os", "edr", "mdm", "hw"]),
  collector: deviceText.max(64),
  collectorVersion: z.int().min(1).max(1_000_000),
  evidence: z.object({
    sha256: sha256Hex,
    bytes: z.int().min(0),
    tool: deviceText.max(128).optional(),
    exitCode: z.int().optional(),
    tookMs: z.number().min(0),
  }),
});

/** A posture event, named by (device, epoch, seq); exactly one of `fact` and `gap` is given. */
export const postureEvent = z
  .object({
    epoch: hex32,
    seq: z.int().min(1),
    bootId: z.uuid(),
    ageMs: z.number().min(0),
    fact: fact.nullable(),
    gap: z
      .object({
        from: z.int().min(1),
        to: z.int().min(1),
        because: z.enum(["spool_full", "spool_corrupt"]),
      })
      .optional(),
    prev: sha256Hex,
  })
  .refine((event) => (event.fact === null) !== (event.gap === undefined), "fact or gap, not both");

/** A posture event, named by (device, epoch, seq). */
export type PostureEvent = z.infer<typeof postureEvent>;
