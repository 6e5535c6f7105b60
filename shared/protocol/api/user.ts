/** People and their groups, as the admin API shows them. */
import { z } from "zod";
import { instant, listOf, pageOf, words } from "./answer-atoms.ts";
import { stepEffect } from "./step.ts";

/** A person; `source` says who keeps the record: an identity provider's sign-ins or a directory. */
const userShown = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string(),
  email: z.string().nullable(),
  source: z.string(),
  externalId: z.string().nullable(),
  active: z.boolean(),
  groups: words,
  lastSignInAt: instant.nullable(),
  createdAt: instant.nullable(),
});

/** A person with the devices that it is signed in on. */
export const userDetail = userShown.extend({
  sessions: z
    .array(
      z.object({
        id: z.string(),
        device: z.string(),
        deviceName: z.string(),
        acr: z.string(),
        authAt: instant.nullable(),
        expiresAt: instant.nullable(),
      }),
    )
    .readonly(),
});

/** People by name. */
export const userPage = pageOf(userShown);

/** What was done with a person. */
export const userStepped = stepEffect.extend({
  id: z.string(),
  name: z.string(),
  active: z.boolean(),
});

/** Groups by name, with how many people are in each. */
export const groupList = listOf(
  z.object({
    id: z.string(),
    name: z.string(),
    source: z.string(),
    members: z.number(),
    createdAt: instant.nullable(),
  }),
);
