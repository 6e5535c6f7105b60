/** Decisions as the admin API shows them. */
import { z } from "zod";
import { reasonCodes } from "../../policy/decision.ts";
import { instant, listOf, pageOf, reading, words } from "./answer-atoms.ts";

/** What a decision says of an access. */
export const effect = z.enum(["allow", "stepUp", "deny"]);

/** A reason; texts are made where they are shown. */
export const reason = z.object({
  code: z.enum(reasonCodes),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** A condition that did not hold. */
export const unmet = z.object({
  policy: z.string(),
  level: z.string().optional(),
  signal: z.string().optional(),
  reason,
});

const decided = {
  effect,
  determinedBy: words,
  unmet: z.array(unmet).readonly(),
  obligations: z.object({
    stepUp: z.object({ strength: z.string(), maxAgeSeconds: z.number() }).optional(),
    record: z.boolean(),
  }),
};

/** One decision, with names beside its ids. */
export const decisionShown = z.object({
  ...decided,
  id: z.string(),
  reference: z.string(),
  at: instant.nullable(),
  device: z.string(),
  deviceName: z.string().nullable(),
  user: z.string().optional(),
  session: z.string().optional(),
  resource: z.string(),
  resourceName: z.string().nullable(),
  leaseSeconds: z.number(),
  validUntilAt: instant.nullable(),
  policyVersion: z.string(),
  inputHash: z.string(),
  shadow: z.object({ effect, determinedBy: words }).optional(),
  errors: z.array(z.object({ policy: z.string(), code: z.string() })).readonly(),
});

/** Decisions, newest first. */
export const decisionList = listOf(decisionShown);

/** Decisions, newest first, page by page. */
export const decisionPage = pageOf(decisionShown);

/** What came of deciding again. */
export const decisionReplay = z.object({
  decision: decisionShown,
  replay: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("decided"),
      same: z.boolean(),
      answer: z.object({ ...decided, validUntilAt: z.number() }),
    }),
    z.object({ kind: z.literal("gate") }),
    z.object({ kind: z.literal("impossible"), why: z.string() }),
  ]),
  /** The policy input as it was; null where it is not kept any more. */
  input: z
    .looseObject({
      facts: z.record(z.string(), z.looseObject({ reading, untilAt: z.number() })),
    })
    .nullable(),
  provenance: z
    .array(
      z.object({
        signal: z.string(),
        source: z.string(),
        observedAt: z.number(),
        freshForMs: z.number(),
      }),
    )
    .readonly(),
  evaluatorVersion: z.string(),
});

/** One decision as people see it. */
export type DecisionShown = z.infer<typeof decisionShown>;
/** What came of deciding again. */
export type DecisionReplay = z.infer<typeof decisionReplay>;
/** A reason with the values its text is made of. */
export type ReasonShown = z.infer<typeof reason>;
