import { expect, test } from "vitest";
import { openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import { keptOut } from "./0007-kept-out.ts";

test("an upgrade keeps out whom an administrator had deactivated, and nobody else", async () => {
  const { sqlite, kysely } = openDatabase(":memory:", { readOnly: false });
  await migrate({ sqlite, kysely }, ":memory:");
  sqlite.exec(`ALTER TABLE user_ DROP COLUMN kept_out;
    INSERT INTO user_ (id, name, display_name, source, active, created_at) VALUES
      ('blocked', 'a', 'A', 'scim', 0, 1), ('back', 'b', 'B', 'scim', 1, 1),
      ('gone', 'c', 'C', 'scim', 0, 1), ('here', 'd', 'D', 'idp', 1, 1);
    INSERT INTO audit (at, actor, action, subject, body) VALUES
      (1, 'root', 'user deactivate', 'blocked', '{}'), (1, 'root', 'user deactivate', 'back', '{}'),
      (2, 'root', 'user activate', 'back', '{}'), (2, 'scim', 'user apply', 'gone', '{}');`);
  await keptOut.up(kysely);
  const rows = sqlite.prepare("SELECT id FROM user_ WHERE kept_out = 1").all();
  expect(rows.map(({ id }) => id)).toEqual(["blocked"]);
  await kysely.destroy();
});
