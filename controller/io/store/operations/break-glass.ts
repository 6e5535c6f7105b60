/** Keys of break-glass, and what was opened by them. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { BreakGlassOpening } from "#shared/protocol/break-glass.ts";
import type { BreakGlassKey } from "#shared/protocol/trust.ts";
import { readBreakGlassKeys } from "../queries/break-glass.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

const keysMax = 16;

/** Keeps a key; one holder has one key. */
export const registerBreakGlassKey: Operation<
  { readonly key: BreakGlassKey; readonly audit: AuditEntry },
  void
> = async (db, { key, audit }) => {
  const keys = await readBreakGlassKeys(db);
  if (keys.some(({ kid, holder }) => kid === key.kid || holder === key.holder)) {
    throw new CodedError("SP-705", { why: `\`${key.holder}\` or this key is registered already` });
  }
  if (keys.length >= keysMax) throw new CodedError("SP-705", { why: "16 keys are registered" });
  await putKeys(db, [...keys, key]);
  await writeAudit(db, { ...audit, body: { after: key } });
};

/** Takes a key back; `audit.subject` is its id. */
export const revokeBreakGlassKey: Operation<AuditEntry, void> = async (db, audit) => {
  const keys = await readBreakGlassKeys(db);
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
export async function keepBreakGlassOpening(
  db: Kysely<Tables>,
  told: { readonly gateway: string; readonly at: number; readonly opening: BreakGlassOpening },
): Promise<void> {
  const { gateway, at, opening } = told;
  const result = await db
    .insertInto("break_glass")
    .values({ jti: opening.jti, gateway, reported_at: at, body: JSON.stringify(opening) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (result.numInsertedOrUpdatedRows !== 1n) return;
  const entry = {
    at,
    actor: `gateway:${gateway}`,
    action: "break-glass open",
    subject: opening.jti,
  } as const;
  await writeAudit(db, { ...entry, body: { ...opening } });
}

async function putKeys(db: Kysely<Tables>, keys: readonly BreakGlassKey[]): Promise<void> {
  const body = JSON.stringify(keys);
  await db
    .insertInto("setting")
    .values({ key: "breakGlassKeys", body })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ body }))
    .execute();
}
