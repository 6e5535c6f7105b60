/** How people sign in by an identity provider. */
import { z } from "zod";
import { roles } from "../../base/role.ts";
import { instant, words } from "./answer-atoms.ts";

const claimName = z.string().min(1).max(128);
const values = z.array(z.string().min(1).max(128)).max(16);

const idpUrl = z.url({ protocol: /^https?$/ }).max(512);

/** How people sign in, but for the client's secret. */
export const signInFields = {
  issuer: idpUrl,
  clientId: z.string().min(1).max(256),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/))
    .max(16)
    .default(["openid", "profile", "email"]),
  /** Which claim lists the groups of a person. */
  groupsClaim: claimName.default("groups"),
  /** Which claim a directory knows the person by as `externalId`. */
  directoryClaim: claimName.default("sub"),
  /** Whether whom no directory brought may sign in. */
  admitUnknown: z.boolean().default(true),
  /** The first row whose group a person has gives the role. */
  roles: z
    .array(z.strictObject({ group: z.string().min(1).max(128), role: z.enum(roles) }))
    .max(64)
    .default([]),
  /** What the provider calls its sign-ins; asked for by a step-up and understood in its answer. */
  strengths: z
    .strictObject({ mfa: values.default([]), phishing_resistant: values.default([]) })
    .default({ mfa: [], phishing_resistant: [] }),
  /** How long a person stays signed in on a device. */
  deviceSessionSeconds: z
    .int()
    .min(300)
    .max(30 * 86_400)
    .default(12 * 3_600),
};

/** What an administrator sends; without a secret the one that is held stays. */
export const signInOrder = z.strictObject({
  ...signInFields,
  clientSecret: z.string().min(1).max(1_024).optional(),
});

/** How one may sign in to this console, told to whoever asks. */
export const signInWays = z.object({
  /** Whether an identity provider is set. */
  provider: z.boolean(),
  /** Where the console is at home: passkeys and the way back count there alone. */
  origin: z.string(),
});

/** How one may sign in. */
export type SignInWays = z.infer<typeof signInWays>;

/** The secret of a page at which a person signs in for a device. */
export const deviceSignInOrder = z.strictObject({ ticket: z.string().regex(/^[\w-]{43}$/) });

/** For which device a person signs in, and the code that its screen shows. */
export const deviceSignInShown = z.object({
  device: z.string(),
  code: z.string(),
  untilAt: instant.nullable(),
});

/** Where the browser goes to sign in. */
export const signInDeparture = z.object({ url: z.string() });

/** What is set; the secret is never told. */
export const signInShown = z.object({
  issuer: z.string(),
  clientId: z.string(),
  hasSecret: z.boolean(),
  scopes: words,
  groupsClaim: z.string(),
  directoryClaim: z.string(),
  admitUnknown: z.boolean(),
  roles: z.array(z.object({ group: z.string(), role: z.string() })).readonly(),
  strengths: z.object({ mfa: words, phishing_resistant: words }),
  deviceSessionSeconds: z.number(),
  /** What the provider must be told. */
  redirectUri: z.string(),
});
