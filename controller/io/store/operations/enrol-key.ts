/** Makes and revokes enrolment keys; the secret itself never reaches the store. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { EnrolKeyBody } from "../enrol-key-check.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** A new enrolment key; `secretHash` is base64url of the secret's SHA-256, `site` an id. */
export interface NewEnrolKey {
  readonly id: string;
  readonly name: string;
  readonly role: "device" | "gateway";
  readonly site: string | null;
  readonly secretHash: string;
  readonly usesMax: number;
  readonly expiresAt: number;
  readonly approval: "auto" | "admin";
  readonly body: EnrolKeyBody;
}

/** Keeps a new key. */
export const createEnrolKey: Operation<
  { readonly key: NewEnrolKey; readonly audit: AuditEntry },
  void
> = async (db, { key, audit }) => {
  await db
    .insertInto("enrol_key")
    .values({
      id: key.id,
      name: key.name,
      role: key.role,
      site: key.site,
      secret_hash: key.secretHash,
      uses_max: key.usesMax,
      uses: 0,
      expires_at: key.expiresAt,
      approval: key.approval,
      created_by: audit.actor,
      revoked_at: null,
      last_used_at: null,
      body: JSON.stringify(key.body),
      created_at: audit.at,
    })
    .execute();
  const { secretHash: _, body, ...shown } = key;
  const { identityAuthorities, ...traits } = body;
  const after = { ...shown, ...traits, identityAuthorities: identityAuthorities?.length };
  await writeAudit(db, { ...audit, body: { after } });
};

/** Revokes a key by id; devices that joined by it stay. */
export const revokeEnrolKey: Operation<AuditEntry, void> = async (db, audit) => {
  const before = await db
    .updateTable("enrol_key")
    .set({ revoked_at: audit.at })
    .where("id", "=", audit.subject)
    .where("revoked_at", "is", null)
    .returning(["name", "role", "uses", "uses_max as usesMax", "expires_at as expiresAt"])
    .executeTakeFirst();
  if (before === undefined) {
    throw new CodedError("SP-702", { what: "unrevoked enrolment key", name: audit.subject });
  }
  await writeAudit(db, { ...audit, body: { before, after: { revokedAt: audit.at } } });
};
