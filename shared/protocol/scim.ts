/** SCIM 2.0 (RFC 7643, 7644) as directories send it; what nobody keeps is dropped. */
import { z } from "zod";

const text = z.string().min(1).max(255);
/** What directories leave blank is not there. */
const blankable = z
  .string()
  .max(255)
  .nullish()
  .transform((value) => (value === "" || value === null ? undefined : value))
  .optional();
const externalId = blankable;
/** One directory writes its booleans as words. */
const flag = z.union([z.boolean(), z.stringbool()]);

/** A person as a directory writes it. */
export const scimUser = z.object({
  externalId,
  userName: text,
  displayName: blankable,
  name: z.object({ formatted: blankable, givenName: blankable, familyName: blankable }).optional(),
  emails: z
    .array(z.object({ value: z.string().max(255), primary: flag.optional() }))
    .max(16)
    .optional(),
  active: flag.default(true),
});

const members = z.array(z.object({ value: z.string().max(64) })).max(10_000);

/** A group as a directory writes it. */
export const scimGroup = z.object({
  externalId,
  displayName: z.string().min(1).max(128),
  members: members.optional(),
});

/** Changes in their order; operators come in any case. */
export const scimPatch = z.object({
  schemas: z.array(z.string()).max(4).optional(),
  Operations: z
    .array(
      z.object({
        op: z
          .string()
          .max(16)
          .toLowerCase()
          .pipe(z.enum(["add", "replace", "remove"])),
        path: z.string().max(256).optional(),
        value: z.unknown().optional(),
      }),
    )
    .min(1)
    .max(1_000),
});

/** What to leave out of one record. */
export const scimOneQuery = z.object({ excludedAttributes: z.string().max(256).optional() });

/** Which records, by equalities, from which place. */
export const scimQuery = z.object({
  filter: z.string().max(512).optional(),
  excludedAttributes: z.string().max(256).optional(),
  startIndex: z.coerce.number().int().min(1).catch(1).default(1),
  count: z.coerce.number().int().min(0).max(200).catch(200).default(100),
});

/** A person. */
export type ScimUser = z.output<typeof scimUser>;
/** A group. */
export type ScimGroup = z.output<typeof scimGroup>;
/** Changes. */
export type ScimPatch = z.output<typeof scimPatch>;
/** The members of a group. */
export const scimMembers = members;
