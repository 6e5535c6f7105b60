/** Keys of break-glass, and what was opened by them. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { BrokenGlass } from "#shared/protocol/break-glass.ts";
import type { GlassKey } from "#shared/protocol/trust.ts";
import { readGlassKeys } from "../queries/break-glass.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

const keysMax = 16;

/** Keeps a key; one holder has one key. */
export const registerGlassKey: Operation<
  { readonly key: GlassKey; readonly audit: AuditEntry },
  void
> = async (db, { key, audit }) => {
  const keys = await readGlassKeys(db);
  if (keys.some(({ kid, holder }) => kid === key.kid || holder === key.holder)) {
    throw new CodedError("SP-705", { why: `\`${key.holder}\` or this key is registered already` });
  }
  if (keys.length >= keysMax) throw new CodedError("SP-705", { why: "16 keys are registered" });
  await putKeys(db, [...keys, key]);
  await writeAudit(db, { ...audit, body: { after: key } });
};

/** Takes a key back; `audit.subject` is its id. */
export const revokeGlassKey: Operation<AuditEntry, void> = async (db, audit) => {
  const keys = await readGlassKeys(db);
  const before = keys.find(({ kid }) => kid === audit.subject);
  if (before === undefined) {
    throw new CodedError("SP-702", { what: "break-glass key", name: audit.subject });
  }
  await putKeys(
    db,
    keys.filter((key) => key !== before),
  );
  await writeAudit(db, { ...audit, body: { before } });
};

/** Keeps what a gateway told of; telling it again changes nothing. */
export async function keepBrokenGlass(
  db: Kysely<Tables>,
  told: { readonly gateway: string; readonly at: number; readonly glass: BrokenGlass },
): Promise<void> {
  const { gateway, at, glass } = told;
  const result = await db
    .insertInto("break_glass")
    .values({ jti: glass.jti, gateway, reported_at: at, body: JSON.stringify(glass) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (result.numInsertedOrUpdatedRows !== 1n) return;
  const entry = { at, actor: `gateway:${gateway}`, action: "break-glass", subject: glass.jti };
  await writeAudit(db, { ...entry, body: { ...glass } });
}

async function putKeys(db: Kysely<Tables>, keys: readonly GlassKey[]): Promise<void> {
  const body = JSON.stringify(keys);
  await db
    .insertInto("setting")
    .values({ key: "breakGlassKeys", body })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ body }))
    .execute();
}
