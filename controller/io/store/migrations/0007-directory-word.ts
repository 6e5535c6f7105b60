/** What a directory said last of a person: what it says again undoes no step of an administrator. */
import { statementMigration } from "./statement-migration.ts";

/** The word of a directory, beside whether the person is active; null where none brought the person. */
export const directoryWord = statementMigration([
  `ALTER TABLE user_ ADD COLUMN directory_active INTEGER`,
  `UPDATE user_ SET directory_active = active WHERE source = 'scim'`,
]);
