/** Passkeys of administrators (WebAuthn), as browsers and this API exchange them. */
import { z } from "zod";
import { roles } from "../../base/role.ts";
import { instant, listOf } from "./answer-atoms.ts";

/** The id of a passkey is as long as its authenticator makes it, up to 1,023 bytes. */
const idCharactersMax = 1_400;
const secretText = z.string().regex(/^[\w-]{16,128}$/);
const encoded = (lengthMax: number) =>
  z
    .string()
    .regex(/^[\w-]+$/)
    .max(lengthMax);

/** The name of an administrator or of a passkey: words of the person. */
const ownName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Cf}]+$/u);

const credential = {
  id: encoded(idCharactersMax),
  rawId: encoded(idCharactersMax),
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string().max(64), z.unknown()).default({}),
};

/** A new passkey, as the browser's `toJSON` gives it; what nobody reads is dropped. */
const createdCredential = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: encoded(4_096),
    attestationObject: encoded(65_536),
    transports: z.array(z.string().max(32)).max(8).default([]),
  }),
});

/** A passkey that was used, as the browser's `toJSON` gives it. */
const usedCredential = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: encoded(4_096),
    authenticatorData: encoded(4_096),
    signature: encoded(4_096),
  }),
});

/** A new passkey. */
export type CreatedCredential = z.output<typeof createdCredential>;
/** A passkey that was used. */
export type UsedCredential = z.output<typeof usedCredential>;

/** Who follows a set-up link, and the name that the person wants. */
export const setUpBegin = z.strictObject({ link: secretText, name: ownName });
/** The same with the new passkey. */
export const setUpEnd = z.strictObject({
  link: secretText,
  name: ownName,
  credential: createdCredential,
});
/** A sign-in by a passkey. */
export const passkeyUse = z.strictObject({ credential: usedCredential });
/** A further passkey of whoever is signed in. */
export const newPasskey = z.strictObject({ name: ownName, credential: createdCredential });
/** What whoever follows the link will be. */
export const newSetUpLink = z.strictObject({ role: z.enum(roles) });

/** Options for the browser's `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`. */
export const passkeyOptions = z.looseObject({ challenge: z.string() });

/** A passkey; of its key only the public half is here, and not even that is shown. */
export const passkeyShown = z.object({
  id: z.string(),
  name: z.string(),
  admin: z.string(),
  backedUp: z.boolean(),
  createdAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
});

/** Passkeys, newest first. */
export const passkeyList = listOf(passkeyShown);

/** A passkey in a path. */
export const passkeyParams = z.strictObject({ key: z.string().min(1).max(idCharactersMax) });

/** A passkey that was removed. */
export const passkeyRemoved = z.object({ id: z.string(), state: z.literal("removed") });

/** A passkey. */
export type PasskeyShown = z.infer<typeof passkeyShown>;
