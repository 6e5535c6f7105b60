/** Administrators, and whose a token is. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `CREATE TABLE admin (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `INSERT INTO admin (id, name, created_at)
     SELECT 'adm_' || substr(min(id), 5), name, min(created_at) FROM api_token GROUP BY name`,
  `CREATE TABLE token_of_admin (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, admin TEXT NOT NULL REFERENCES admin (id),
     role TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, created_by TEXT NOT NULL,
     expires_at INTEGER, revoked_at INTEGER, created_at INTEGER NOT NULL) STRICT`,
  `INSERT INTO token_of_admin
     (id, name, admin, role, token_hash, created_by, expires_at, revoked_at, created_at)
     SELECT api_token.id, api_token.name, admin.id, role, token_hash, 'init', expires_at,
       revoked_at, api_token.created_at
     FROM api_token JOIN admin ON admin.name = api_token.name`,
  `DROP TABLE api_token`,
  `ALTER TABLE token_of_admin RENAME TO api_token`,
];

/** Administrators, and whose a token is. */
export const administrators: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
