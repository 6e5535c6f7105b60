/** What the routes of policies take; unknown members are refused, limits are part of the schema. */
import { z } from "zod";
import { cidr } from "../atoms.ts";
import { documentFiles } from "./order.ts";

const reason = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*\S[^\u0000-\u001f\u007f-\u009f]*$/);
const version = z.string().regex(/^[0-9a-f]{8,64}$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What a person may allow when a set comes in force. */
const allowances = {
  reason,
  /** Hash of the plan that was looked at. */
  plan: hash.optional(),
  allowLockout: z.boolean().default(false),
  /** Not ring by ring. */
  atOnce: z.boolean().default(false),
  /** Why something leaves shadow mode before its time. */
  override: reason.optional(),
};

/** A set to put in force. */
export const applyOrder = z.strictObject({
  ...allowances,
  reason: reason.optional(),
  files: documentFiles.shape.files,
  source: z.enum(["folder", "files"]).default("files"),
  overDrift: z.boolean().default(false),
});

/** A kept set to put in force again. */
export const rollbackOrder = z.strictObject({
  ...allowances,
  version,
  rings: z.boolean().default(false),
});

/** The set in shadow to put in force. */
export const promoteOrder = z.strictObject(allowances);

/** A set to plan for, by its files or as it was kept, and how many days to look back. */
export const planOrder = z
  .strictObject({
    files: documentFiles.shape.files.optional(),
    version: version.optional(),
    days: z.int().min(0).max(30).default(7),
    limit: z.int().min(0).max(10_000).default(1_000),
  })
  .refine((order) => (order.files === undefined) !== (order.version === undefined), {
    message: "either files or a version",
  });

/** One or two kept sets, or files, to compare. */
export const diffOrder = z.strictObject({
  files: documentFiles.shape.files.optional(),
  /** The newer set, where it was kept; the one in force where neither is given. */
  version: version.optional(),
  /** The older set; the one in force unless it is given. */
  before: version.optional(),
});

/** A kept set in a path. */
export const versionParams = z.strictObject({ version });

/** A step of a change that is under way. */
export const stepParams = z.strictObject({
  change: z.coerce.number().int().min(1),
  step: z.enum(["deny", "abort", "resume"]),
});

/** A change in a path. */
export const changeParams = stepParams.pick({ change: true });

/** Why. */
export const reasonBody = z.strictObject({ reason });

/** A set to watch. */
export const shadowOrder = z.strictObject({ files: documentFiles.shape.files, reason });

/** A difference that somebody explains. */
export const acceptOrder = z.strictObject({
  trial: z.string().max(160),
  cause: z.string().regex(/^[0-9a-f]{16}$/),
  reason,
});

/** Rules about changes themselves. */
export const changeRules = z.strictObject({ secondApprover: z.boolean() });

/** A word on rules that somebody wants. */
export const rulesStep = z.strictObject({ step: z.enum(["approve", "deny"]) });

/** What the word is about: the hash that was shown with it. */
export const rulesAnswer = z.strictObject({ hash: z.string().regex(/^[0-9a-f]{16}$/) });

const value = z.union([
  z.boolean(),
  z.number(),
  z.string().max(256),
  z.array(z.string().max(256)).max(256),
  z.null(),
]);
const texts = z.array(z.string().min(1).max(256)).max(256);
const points = z.int().min(0).max(100);

/** A request to try: a device as it is, or none, with what is to be otherwise. */
export const simulateOrder = z.strictObject({
  files: documentFiles.shape.files.optional(),
  device: z.string().min(1).max(96).optional(),
  resource: z.string().max(63).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  facts: z.record(z.string().max(64), value).default({}),
  groups: texts.optional(),
  tags: texts.optional(),
  serviceAccount: z.string().max(63).optional(),
  user: z
    .strictObject({
      id: z.string().max(256),
      groups: texts.default([]),
      acr: z.enum(["single", "mfa", "phishing_resistant"]).default("single"),
      signInAgeSeconds: z.int().min(0).default(0),
    })
    .optional(),
  risk: z.strictObject({ session: points.optional(), identity: points.optional() }).optional(),
  net: z
    .strictObject({ country: z.string().length(2).optional(), cidr: cidr.optional() })
    .optional(),
  elevations: z
    .array(
      z.strictObject({
        role: z.string().max(63),
        approvals: z.int().min(0).default(1),
        minutes: z.int().min(1).max(1_440).default(60),
      }),
    )
    .max(16)
    .optional(),
});
