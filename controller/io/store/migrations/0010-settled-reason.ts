/** Why a person refused, aborted or resumed a change: its column beside the reason of a halt. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Why a person refused, aborted or resumed a change. */
export const settledReason: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw("ALTER TABLE policy_change ADD COLUMN settled_reason TEXT").execute(db);
  },
};
