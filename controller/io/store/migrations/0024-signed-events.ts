/** Keeps the signatures of batches, so that who said what can be shown to others later. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Signatures of reported events; those from before have none. */
export const signedEvents: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(`ALTER TABLE event ADD COLUMN signature TEXT`).execute(db);
  },
};
