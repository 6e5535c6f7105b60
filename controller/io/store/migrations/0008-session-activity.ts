/** When somebody used a session last: it ends where nobody does. */
import { statementMigration } from "./statement-migration.ts";

/** Of sessions that are open, nothing is known but their beginning. */
export const sessionActivity = statementMigration([
  `ALTER TABLE admin_session ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0`,
  `UPDATE admin_session SET active_at = created_at`,
]);
