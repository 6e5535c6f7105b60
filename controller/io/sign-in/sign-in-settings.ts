/** How people sign in by an identity provider, as an administrator set it. */
import { z } from "zod";
import type { Role } from "#shared/base/role.ts";
import { signInFields } from "#shared/protocol/api/sign-in.ts";
import type { Sealing } from "../keys/sealing.ts";

/** As the store keeps it. */
export const storedSignIn = z.strictObject({
  ...signInFields,
  sealedSecret: z.string().max(4_096).nullable(),
});

/** As the store keeps it. */
export type StoredSignIn = z.output<typeof storedSignIn>;

const place = { table: "setting", id: "signIn" };

/** Returns a client secret as the store keeps it. */
export function sealSecret(sealing: Sealing, text: string): string {
  return sealing.seal(place, Buffer.from(text)).toString("base64url");
}

/** Returns the client secret, or undefined for a public client. */
export function openSecret(sealing: Sealing, settings: StoredSignIn): string | undefined {
  const { sealedSecret } = settings;
  if (sealedSecret === null) return undefined;
  return sealing.open(place, Buffer.from(sealedSecret, "base64url")).toString("utf8");
}

/** Returns the settings of the store, or null where nothing is set. */
export function readSignIn(held: Readonly<Record<string, unknown>>): StoredSignIn | null {
  const value = held["signIn"];
  return value === undefined || value === null ? null : storedSignIn.parse(value);
}

/** Returns what people and the audit may see of it: not the secret, only that there is one. */
export function shownSignIn({ sealedSecret, ...settings }: StoredSignIn) {
  return { ...settings, hasSecret: sealedSecret !== null };
}

/** Returns the role that groups give, or null. */
export function roleOf(
  { roles }: Pick<StoredSignIn, "roles">,
  groups: readonly string[],
): Role | null {
  return roles.find(({ group }) => groups.includes(group))?.role ?? null;
}
