/** Keeps an imported bundle; an older one of the same publisher never replaces a newer one. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { StoredIntel } from "../queries/load.ts";
import { storedIntel } from "../queries/load.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** Replaces the bundle in force; refuses a sequence that does not rise (SP-705). */
export const importOsIntel: Operation<
  { readonly intel: StoredIntel; readonly audit: AuditEntry },
  void
> = async (db, { intel, audit }) => {
  const held = await storedIntel(db);
  const { sequence } = intel.bundle;
  if (held?.publisher === intel.publisher && held.bundle.sequence >= sequence) {
    const why = `bundle ${sequence} is not newer than bundle ${held.bundle.sequence}, which is in force`;
    throw new CodedError("SP-705", { why });
  }
  const body = JSON.stringify(intel);
  await db
    .insertInto("setting")
    .values({ key: "osIntel", body })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ body }))
    .execute();
  const before = held === null ? null : audited(held);
  await writeAudit(db, { ...audit, body: { before, after: audited(intel) } });
};

function audited({ bundle: { sequence, expiresAt }, publisher }: StoredIntel) {
  return { sequence, expiresAt, publisher };
}
