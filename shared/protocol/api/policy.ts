/** Policy sets, plans, changes and trials as the admin API shows them. */
import { z } from "zod";
import { instant, listOf, words } from "./answer-atoms.ts";
import { effect, unmet } from "./decision.ts";

const access = z.enum(["open", "stepUp", "closed"]);
const because = z.object({ before: words, after: words });

/** A set of documents in force; documents as they were parsed. */
export const activePolicy = z.object({
  version: z.string(),
  documents: z.array(z.unknown()).readonly(),
});

/** Documents as files. */
export const keptPolicy = z.object({
  version: z.string(),
  files: z.array(z.object({ file: z.string(), text: z.string() })).readonly(),
});

/** Rules about changes themselves. */
export const changeRulesShown = z.object({
  secondApprover: z.boolean(),
  /** By whom a change may be approved; null: by whoever may approve. */
  approvers: words.nullable(),
  /** By whom else a change may be asked for. */
  authors: words.nullable(),
  /** What waits for another approver. */
  wanted: z
    .object({
      secondApprover: z.boolean(),
      approvers: words.nullable(),
      authors: words.nullable(),
      /** By which somebody agrees to this and to nothing else. */
      hash: z.string(),
      by: z.string(),
      at: instant.nullable(),
    })
    .nullable(),
});

/** How often each policy took part in answers, and whom policies may name. */
export const policyUsage = z.object({
  items: z
    .array(
      z.object({
        policy: z.string(),
        sinceAt: z.number(),
        matchedAt: z.number().nullable(),
        decisiveAt: z.number().nullable(),
        matched: z.number(),
        decisive: z.number(),
      }),
    )
    .readonly(),
  subjects: z.object({
    /** Ids. */
    users: words,
    groups: words,
    devices: words,
    tags: words,
    serviceAccounts: words,
  }),
  /** The names of whoever asks. */
  author: words,
});

const documentChange = z.object({
  what: z.enum(["resource", "level", "policy", "ring"]),
  name: z.string(),
  change: z.enum(["added", "removed", "changed"]),
});

/** What differs between two sets, by name. */
export const policyDiff = z.object({ changes: z.array(documentChange).readonly() });

const accessChange = z.object({
  device: z.string(),
  deviceName: z.string(),
  user: z.string().optional(),
  resource: z.string(),
  before: access,
  after: access,
  at: instant.nullable(),
  because,
});

/** Who gains and who loses. */
export const policyPlan = z.object({
  from: z.string().nullable(),
  to: z.string(),
  /** The name of the plan: what `apply` may be held to. */
  plan: z.string(),
  documents: z.array(documentChange).readonly(),
  current: z.object({
    changes: z.array(accessChange).readonly(),
    truncated: z.boolean(),
    moments: z.number(),
    gained: z.number(),
    lost: z.number(),
    devicesGaining: z.number(),
    devicesLosing: z.number(),
    closesEverything: z.boolean(),
    lockedOut: words,
    rings: z.array(z.object({ open: z.number(), lost: z.number() })).readonly(),
  }),
  past: z
    .object({
      moments: z.number(),
      days: z.array(z.object({ day: z.string(), losing: words, gaining: words })).readonly(),
      changes: z.array(accessChange).readonly(),
      truncated: z.boolean(),
    })
    .nullable(),
});

const place = { file: z.string(), line: z.number(), column: z.number() };

/** What is to be said of documents: errors, doubts, and how their own tests went. */
export const policyCheck = z.object({
  ok: z.boolean(),
  errors: z
    .array(z.object({ ...place, code: z.string(), why: z.string(), hint: z.string().optional() }))
    .readonly(),
  findings: z
    .array(z.object({ ...place, code: z.string(), why: z.string(), policy: z.string().optional() }))
    .readonly(),
  tests: z
    .array(
      z.object({ ...place, policy: z.string(), passed: z.boolean(), why: z.string().optional() }),
    )
    .readonly(),
});

/** What requests would be answered. */
export const policySimulation = z.object({
  version: z.string().nullable(),
  /** Null where none was named. */
  deviceName: z.string().nullable(),
  at: instant.nullable(),
  answers: z
    .array(
      z.object({
        resource: z.string(),
        effect,
        determinedBy: words,
        record: z.boolean(),
        leaseSeconds: z.number(),
        validUntilAt: instant.nullable(),
        unmet: z.array(unmet).readonly(),
      }),
    )
    .readonly(),
});

/** What became of a set that shall be in force. */
export const policyBegun = z.object({
  version: z.string(),
  changed: z.boolean(),
  change: z.number().nullable(),
  status: z.string(),
  policies: words,
  resources: words,
  removedResources: words,
  effect: z
    .object({
      plan: z.string(),
      devices: z.number(),
      gained: z.number(),
      lost: z.number(),
      devicesGaining: z.number(),
      devicesLosing: z.number(),
      lockedOut: words,
    })
    .nullable(),
});

const policyChange = z.object({
  id: z.number(),
  version: z.string(),
  former: z.string().nullable(),
  kind: z.string(),
  source: z.string(),
  author: z.string(),
  reason: z.string(),
  approver: z.string().nullable(),
  status: z.string(),
  ring: z.number(),
  /** Why it halted. */
  why: z.string().nullable(),
  /** Why a person refused, aborted or resumed it. */
  settledReason: z.string().nullable(),
  createdAt: instant.nullable(),
  settledAt: instant.nullable(),
  ringSinceAt: instant.nullable(),
  /** What the plan said when the change was made. */
  detail: z.record(z.string(), z.unknown()),
});

/** Changes of the set in force, newest first. */
export const policyChangeList = listOf(policyChange);

/** The set in force, and what is under way. */
export const policyStatus = z.object({
  version: z.string().nullable(),
  change: policyChange.nullable(),
  rollOut: z
    .object({
      change: z.number(),
      version: z.string(),
      status: z.enum(["rolling", "halted"]),
      ring: z.number(),
      rings: words,
      ringName: z.string(),
      sinceAt: instant.nullable(),
      nextAt: instant.nullable(),
      why: z.string(),
      devicesSeen: z.number(),
      openByOld: z.number(),
      lost: z.number(),
      lostPercent: z.array(z.number()),
      announcedPercent: z.number(),
      haltAbovePercent: z.number(),
    })
    .nullable(),
});

/** What became of a change after a step. */
export const policyStepped = z.object({
  change: z.number(),
  status: z.string(),
  approver: z.string().optional(),
});

const trial = z.object({
  trial: z.string(),
  startedAt: instant.nullable(),
  decisions: z.number(),
  ready: z.boolean(),
  promotion: z.array(z.object({ name: z.string(), met: z.boolean(), text: z.string() })).readonly(),
  differences: z
    .array(
      z.object({
        trial: z.string(),
        cause: z.string(),
        resource: z.string(),
        before: access,
        after: access,
        because,
        firstAt: instant.nullable(),
        lastAt: instant.nullable(),
        count: z.number(),
        devices: z.array(z.object({ name: z.string(), at: instant.nullable() })).readonly(),
        accepted: z
          .object({ by: z.string(), reason: z.string(), at: instant.nullable() })
          .nullable(),
      }),
    )
    .readonly(),
});

/** What is only watched. */
export const policyShadow = z.object({
  set: z
    .object({
      version: z.string(),
      startedAt: instant.nullable(),
      startedBy: z.string(),
      reason: z.string(),
    })
    .nullable(),
  trials: z.array(trial).readonly(),
});

/** A watch that began. */
export const shadowStarted = z.object({ version: z.string(), startedAt: instant.nullable() });

/** Whether anything was watched. */
export const shadowStopped = z.object({ stopped: z.boolean() });

/** A difference that somebody explained. */
export const differenceAccepted = z.object({
  trial: z.string(),
  cause: z.string(),
  accepted: z.boolean(),
});

/** Who gains and who loses. */
export type PolicyPlan = z.infer<typeof policyPlan>;
/** What is to be said of documents. */
export type PolicyCheck = z.infer<typeof policyCheck>;
/** What became of a set that shall be in force. */
export type PolicyBegun = z.infer<typeof policyBegun>;
/** A change of the set in force. */
export type PolicyChangeShown = z.infer<typeof policyChange>;
/** Rules about changes themselves. */
export type ChangeRulesShown = z.infer<typeof changeRulesShown>;
/** The set in force, and what is under way. */
export type PolicyStatus = z.infer<typeof policyStatus>;
/** What is only watched. */
export type PolicyShadow = z.infer<typeof policyShadow>;
/** What requests would be answered. */
export type PolicySimulation = z.infer<typeof policySimulation>;
