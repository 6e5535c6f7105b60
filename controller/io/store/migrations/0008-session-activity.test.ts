import { expect, test } from "vitest";
import { openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import { sessionActivity } from "./0008-session-activity.ts";

test("an upgrade counts sessions that are open as used when they began", async () => {
  const { sqlite, kysely } = openDatabase(":memory:", { readOnly: false });
  await migrate({ sqlite, kysely }, ":memory:");
  sqlite.exec(`ALTER TABLE admin_session DROP COLUMN active_at;
    INSERT INTO admin (id, name, role, created_at) VALUES ('a', 'ana', 'admin', 1);
    INSERT INTO admin_session (hash, id, admin, expires_at, created_at)
      VALUES ('h', 's', 'a', 900, 7);`);
  await sessionActivity.up(kysely);
  expect(sqlite.prepare("SELECT active_at FROM admin_session").all()).toEqual([{ active_at: 7 }]);
  await kysely.destroy();
});
