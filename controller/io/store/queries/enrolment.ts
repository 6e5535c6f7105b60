/** What the store knows of a request to join. */
import type { Kysely } from "kysely";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { IdentityAuthority } from "../../../ports/authority.ts";
import { provedByIdentity } from "../../../ports/enrolment-store.ts";
import { type EnrolKeyBody, type KeyUse, keyRefusal, secretRefusal } from "../enrol-key-check.ts";
import { deviceOf, gatewayOf, type StoredIdentity } from "../record.ts";
import type { Tables } from "../tables.ts";

/** As the port's look-up, with gateways' secrets still sealed. */
export type SealedLookup =
  | { readonly kind: "refused"; readonly error: ErrorRef }
  | { readonly kind: "known"; readonly record: StoredIdentity }
  | { readonly kind: "fresh"; readonly role: "device" | "gateway"; readonly pending: boolean };

/** Judges the key; whoever holds its secret and a key that joined by it is known, even at its end. */
export async function lookUpEnrolment(
  db: Kysely<Tables>,
  use: KeyUse & { readonly spkiHex: string },
): Promise<SealedLookup> {
  const key = await db
    .selectFrom("enrol_key")
    .selectAll()
    .where("id", "=", use.keyId)
    .executeTakeFirst();
  const foreign = secretRefusal(key, use);
  if (foreign !== null) return { kind: "refused", error: foreign };
  const record = await joinedBy(db, use);
  if (record !== null) return { kind: "known", record };
  const error = keyRefusal(key, use);
  if (error !== null || key === undefined) {
    return { kind: "refused", error: error ?? { code: "SP-105", params: { key: use.keyId } } };
  }
  return {
    kind: "fresh",
    role: key.role === "gateway" ? "gateway" : "device",
    pending: key.approval === "admin",
  };
}

async function joinedBy(
  db: Kysely<Tables>,
  use: { readonly keyId: string; readonly spkiHex: string },
): Promise<StoredIdentity | null> {
  const device = await db
    .selectFrom("device")
    .selectAll()
    .where("spki_hex", "=", use.spkiHex)
    .where("enrol_key", "=", use.keyId)
    .executeTakeFirst();
  if (device !== undefined) return deviceOf(device);
  const gateway = await db
    .selectFrom("gateway")
    .selectAll()
    .where("spki_hex", "=", use.spkiHex)
    .where("enrol_key", "=", use.keyId)
    .executeTakeFirst();
  return gateway === undefined ? null : gatewayOf(gateway);
}

/** Returns the living enrolment keys that stand for an authority of device management. */
export async function listIdentityAuthorities(
  db: Kysely<Tables>,
  nowAt: number,
): Promise<readonly IdentityAuthority[]> {
  const rows = await db
    .selectFrom("enrol_key")
    .select(["id", "body"])
    .where("secret_hash", "=", provedByIdentity)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", nowAt)
    .orderBy("id")
    .execute();
  return rows.map(({ id, body }) => {
    const { identityAuthorities } = JSON.parse(body) as EnrolKeyBody;
    return { keyId: id, certificates: identityAuthorities ?? [] };
  });
}
