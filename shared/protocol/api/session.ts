/** Sign-ins of administrators to the console. */
import { z } from "zod";
import { instant, words } from "./answer-atoms.ts";

/** Who is signed in, and what the role permits. */
export const sessionShown = z.object({
  admin: z.string(),
  role: z.string(),
  permissions: words,
  /** Null: by a token, which ends by itself. */
  expiresAt: instant.nullable(),
  /** After so long it ends where nobody uses the console; null: by a token. */
  idleEndsAfterSeconds: z.number().nullable(),
  version: z.string(),
  trustDomain: z.string(),
});

/** A link that signs in once. */
export const signInLink = z.object({ url: z.string(), expiresAt: instant.nullable() });

/** A session that was ended. */
export const signedOut = z.object({ signedOut: z.boolean() });

/** Who is signed in, and what the role permits. */
export type SessionShown = z.infer<typeof sessionShown>;
