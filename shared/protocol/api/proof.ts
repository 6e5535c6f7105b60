/** What shows to others what a device said, and when: its events, their signatures, its certificates. */
import { z } from "zod";
import { postureEvent } from "../fact.ts";
import { instant } from "./answer-atoms.ts";

/** One page of a device's signed events, by epoch and number. */
export const proofPage = z.object({
  device: z.object({ id: z.string(), name: z.string() }),
  certificates: z.array(z.string()),
  items: z.array(
    z.object({
      receivedAt: instant.nullable(),
      /** ECDSA P-256 over the SHA-256 that names the event, where it ended a batch. */
      signature: z.string().nullable(),
      event: postureEvent,
    }),
  ),
  nextAfter: z.string().nullable(),
});

/** One page of a device's signed events. */
export type ProofPage = z.infer<typeof proofPage>;
