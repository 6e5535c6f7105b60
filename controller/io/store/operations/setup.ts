/** What `init` writes once: settings, sealed keys and the first token. */
import { CodedError } from "#shared/base/coded-error.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import { insertKey, type SealedKey } from "./key.ts";
import type { Operation } from "./operation.ts";
import { insertSetUpLink, type NewSetUpLink } from "./passkey.ts";
import { insertToken, type NewToken } from "./token.ts";

/** Everything a new controller starts from. */
export interface Setup {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly keys: readonly SealedKey[];
  readonly token: NewToken;
  /** By which the first administrator sets up a passkey. */
  readonly setUpLink?: NewSetUpLink | undefined;
  readonly audit: AuditEntry;
}

/** Writes the setup into an empty store; refuses one that holds a controller (SP-705). */
export const initialise: Operation<Setup, void> = async (db, setup) => {
  const held = await db.selectFrom("setting").select("key").limit(1).executeTakeFirst();
  if (held !== undefined) throw new CodedError("SP-705", { why: "the store holds a controller" });
  const settings = Object.entries(setup.settings);
  await db
    .insertInto("setting")
    .values(settings.map(([key, value]) => ({ key, body: JSON.stringify(value) })))
    .execute();
  for (const key of setup.keys) await insertKey(db, key, setup.audit.at);
  await insertToken(db, setup.token, setup.audit);
  if (setup.setUpLink !== undefined) await insertSetUpLink(db, setup.setUpLink);
  await writeAudit(db, setup.audit);
};

/** The version and signature of the trust set that an identity holds. */
export interface TrustRow {
  readonly identity: string;
  readonly version: number;
  readonly contentHash: string;
  readonly sig: string;
}

/** Remembers what an identity was given, so that the same content is the same bytes next time. */
export const putTrust: Operation<TrustRow, void> = async (db, row) => {
  const values = { version: row.version, content_hash: row.contentHash, sig: row.sig };
  await db
    .insertInto("trust")
    .values({ identity: row.identity, ...values })
    .onConflict((conflict) =>
      conflict.column("identity").doUpdateSet(values).where("trust.version", "<", row.version),
    )
    .execute();
};

/** Replaces one setting on behalf of an administrator; `before` is what was in force, as the audit tells it. */
export const changeSetting: Operation<
  {
    readonly key: string;
    readonly value: object;
    readonly before: object;
    readonly audit: AuditEntry;
  },
  void
> = async (db, { key, value, before, audit }) => {
  await putSetting(db, { key, value });
  await writeAudit(db, { ...audit, body: { before, after: value } });
};

/** Replaces one setting. */
export const putSetting: Operation<
  { readonly key: string; readonly value: unknown },
  void
> = async (db, { key, value }) => {
  const body = JSON.stringify(value);
  await db
    .insertInto("setting")
    .values({ key, body })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ body }))
    .execute();
};
