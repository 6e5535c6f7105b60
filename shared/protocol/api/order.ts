/** What the admin API takes; unknown members are refused, limits are part of the schema. */
import { z } from "zod";
import { roles } from "../../base/role.ts";
import { elevationMaxSeconds } from "../../policy/condition.ts";
import { reportedKinds } from "../../policy/risk-kind.ts";
import { cidr, deviceText, endpoint, ipAddress, name, pem } from "../atoms.ts";
import { osIntelBytesMax } from "../os-intel.ts";

/** An id or a name in a path. */
export const keyParams = z.strictObject({ key: z.string().min(1).max(96) });

/** How much of a list to give, from where. */
const pageQuery = z.strictObject({
  after: z.string().max(64).default(""),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** Whether only to answer what would be. */
export const dryRunQuery = z.strictObject({
  dryRun: z.union([z.boolean(), z.stringbool()]).default(false),
});

const searchText = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\u0000-\u001f\u007f]+$/);

/** What devices are listed by: how the identity stands, and of active ones what is open to them. */
export const deviceStatuses = [
  "pending",
  "unattested",
  "active",
  "quarantined",
  "revoked",
  "clear",
  "closed",
  "away",
] as const;

/** Which devices to list: `search` looks into names, owners, groups, tags, serials and addresses. */
export const deviceQuery = pageQuery.extend({
  search: searchText.optional(),
  status: z.enum(deviceStatuses).optional(),
});

/** So many devices the matrix gives at once. */
export const matrixRowsMax = 100;

/** Which devices and resources to set against each other; texts are looked for in names. */
export const matrixQuery = z.strictObject({
  after: z.string().max(64).default(""),
  limit: z.coerce.number().int().min(1).max(matrixRowsMax).default(50),
  search: searchText.optional(),
  resource: searchText.optional(),
});

/** Whose leases to list; `after` is where the page before ended. */
export const grantQuery = z.strictObject({
  device: z.string().min(1).max(96).optional(),
  after: z
    .string()
    .regex(/^\d{1,15}\.[\w-]{1,64}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Which reports to list; `after` is where the page before ended. */
export const eventQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,15}\.\d{1,15}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Which signed events; `after` is where the page before ended. */
export const proofQuery = z.strictObject({
  after: z
    .string()
    .regex(/^[0-9a-f]{32}\.\d{1,15}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
});

/** Steps that many devices may take at once: those that ask or close. */
export const bulkSteps = ["recheck", "quarantine", "revoke"] as const;

/** One step for many devices, by their ids. */
export const stepOrder = z.strictObject({
  step: z.enum(bulkSteps),
  devices: z
    .array(z.string().regex(/^dev_[0-9a-z]{26}$/))
    .min(1)
    .max(500),
});

/** What administrators may change of the controller. */
export const settingsChange = z.strictObject({
  retention: z.strictObject({
    eventDays: z.int().min(1).max(400),
    otherDays: z.int().min(30).max(3_650),
  }),
});

/** Which people to list: `search` looks into names and addresses. */
export const userQuery = pageQuery.extend({
  // Directories give names of up to 255 characters, and ours is longer where two have the same.
  after: z.string().max(300).default(""),
  search: searchText.optional(),
});

/** Which entries of the audit log to list, older than the one numbered `after`. */
export const auditQuery = z.strictObject({
  after: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  search: searchText.optional(),
});

/** A signed bundle of what vendors published; `publisher` is a public key, needed the first time. */
export const signedOsIntel = z.strictObject({
  jws: z.string().min(1).max(osIntelBytesMax),
  publisher: z.string().min(1).max(1_024).optional(),
});

const names = z.array(name).max(64);

/** A new enrolment key; a gateway's is for one use, at most an hour, with approval. */
export const newEnrolKey = z
  .strictObject({
    name,
    role: z.enum(["device", "gateway"]).default("device"),
    site: name.optional(),
    groups: names.default([]),
    /** One when left out; a million where identities of device management stand for the secret. */
    usesMax: z.int().min(1).max(1_000_000).optional(),
    identityAuthorities: z.array(pem).min(1).max(8).optional(),
    validForSeconds: z
      .int()
      .min(60)
      .max(365 * 86_400)
      .optional(),
    approval: z.enum(["auto", "admin"]).optional(),
    allowedFrom: z.array(cidr).min(1).max(32).optional(),
  })
  .refine(
    (key) => key.role === "device" || (key.usesMax ?? 1) === 1,
    "a gateway's key is for one use",
  )
  .refine(
    (key) => key.role === "device" || key.identityAuthorities === undefined,
    "gateways do not join by an identity of device management",
  )
  .refine((key) => key.role === "device" || key.site !== undefined, "a gateway's key names a site")
  .refine(
    (key) => key.role === "gateway" || key.site === undefined,
    "only a gateway's key has a site",
  )
  .refine(
    (key) => key.role === "device" || (key.validForSeconds ?? 0) <= 3600,
    "a gateway's key lasts an hour at most",
  )
  .refine(
    (key) => key.role === "device" || key.approval !== "auto",
    "a gateway waits for an administrator",
  );

/** A new token of an administrator; it always ends. */
export const newToken = z.strictObject({
  name,
  role: z.enum(roles),
  admin: name.optional(),
  validForSeconds: z
    .int()
    .min(60)
    .max(365 * 86_400),
});

/** Which signing keys to replace. */
export const keyRotation = z.strictObject({
  purposes: z
    .array(z.enum(["config", "grant", "lease"]))
    .min(1)
    .max(3)
    .default(["config", "grant", "lease"]),
});

/** What an administrator sets at a device. */
export const deviceChange = z.strictObject({
  groups: names.optional(),
  tags: names.optional(),
  owner: z
    .string()
    .min(1)
    .max(96)
    .regex(/^[^\u0000-\u001f\u007f-\u009f]+$/)
    .nullable()
    .optional(),
  serviceAccount: name.nullable().optional(),
});

/** What an administrator sets at a gateway. */
export const gatewayChange = z.strictObject({
  endpoints: z.array(endpoint).min(1).max(4).optional(),
  priority: z.int().min(1).max(100).optional(),
  listenPort: z.int().min(1).max(65_535).optional(),
  lan: z
    .string()
    .regex(/^(auto|[A-Za-z0-9_.-]{1,15})$/)
    .optional(),
});

/** A site as it shall be. */
export const siteContent = z.strictObject({
  forwarding: z.enum(["snat", "routed"]).default("snat"),
  resolvers: z.array(ipAddress).max(4).default([]),
});

/** Policy or resource documents as files; places in errors name these files. */
export const documentFiles = z.strictObject({
  files: z
    .array(
      z.strictObject({
        file: z
          .string()
          .min(1)
          .max(256)
          .regex(/^[^\u0000-\u001f\u007f]+$/),
        // The reader of documents has its own limit, with a place in the file.
        text: z.string().max(8 * 1024 * 1024),
      }),
    )
    .min(1)
    .max(64),
});

/** Which decisions to list. */
export const decisionQuery = z.strictObject({
  device: z.string().min(1).max(96).optional(),
  resource: z.string().min(1).max(96).optional(),
  effect: z.enum(["allow", "stepUp", "deny"]).optional(),
  /** Older than the decision of this id. */
  after: z
    .string()
    .regex(/^dec_[0-9a-z]{26}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

/** What to look at again. */
export const recheckOrder = z.strictObject({
  signals: z.array(z.string().max(64)).max(64).optional(),
});

/** A request for time-boxed access, made for somebody. */
export const newRequest = z.strictObject({
  device: z.string().min(1).max(96),
  resource: name,
  role: name.optional(),
  reason: deviceText.min(1),
  seconds: z.int().min(60).max(elevationMaxSeconds),
});

/** What others saw; exactly one of device (id or name) and user (the owner of devices). */
export const riskReport = z
  .strictObject({
    device: z.string().min(1).max(96).optional(),
    user: z.string().min(1).max(256).optional(),
    sighting: z.enum(reportedKinds),
    detail: deviceText.min(1),
  })
  .refine(({ device, user }) => (device === undefined) !== (user === undefined), {
    error: "exactly one of device and user",
  });

const secretText = z.string().regex(/^[\w-]{16,128}$/);

/** What one signs in with: a link of this controller, or a token. */
export const signIn = z.union([
  z.strictObject({ link: secretText }),
  z.strictObject({ token: secretText }),
]);
