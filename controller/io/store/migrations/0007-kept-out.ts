/** Whom an administrator deactivated: nothing that a directory says undoes it. */
import { statementMigration } from "./statement-migration.ts";

/** Whoever is inactive and was ever deactivated by an administrator counts as kept out. */
export const keptOut = statementMigration([
  `ALTER TABLE user_ ADD COLUMN kept_out INTEGER NOT NULL DEFAULT 0`,
  `UPDATE user_ SET kept_out = 1
     WHERE active = 0 AND id IN (SELECT subject FROM audit WHERE action = 'user deactivate')`,
]);
