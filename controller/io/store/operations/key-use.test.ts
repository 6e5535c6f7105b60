import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import { createEnrolKey } from "./enrol-key.ts";
import { spendUse } from "./key-use.ts";

const now = 1_800_000_000_000;
const audit = {
  at: now,
  actor: "root",
  action: "enrol-key create",
  subject: "ek",
  body: {},
} as const;
const use = { keyId: "ek", secretSha256: "secret", nowAt: now };

let database: Database;

beforeEach(async () => {
  database = openDatabase(":memory:", { readOnly: false });
  await migrate(database, ":memory:");
  // The statement itself has to hold, so the table's own check is out of its way.
  database.sqlite.exec("PRAGMA ignore_check_constraints = ON");
  const key = {
    id: "ek",
    name: "laptops",
    role: "device",
    site: null,
    secretHash: "secret",
    usesMax: 2,
    expiresAt: now + 1,
    approval: "auto",
    body: { groups: [] },
  } as const;
  await createEnrolKey(database.kysely, { key, audit });
});
afterEach(() => database.kysely.destroy());

const uses = () => database.sqlite.prepare("SELECT uses FROM enrol_key").get();

test("a key gives as many uses as it has and not one more", async () => {
  const spent = [];
  for (let round = 0; round < 3; round++) spent.push(await spendUse(database.kysely, use));
  expect(spent.map((key) => key?.uses)).toEqual([1, 2, undefined]);
  expect(uses()).toEqual({ uses: 2 });
});

test.each([
  ["another secret", { secretSha256: "other" }],
  ["another key", { keyId: "ek2" }],
  ["the moment it ends", { nowAt: now + 1 }],
])("%s spends nothing", async (_what, change) => {
  expect(await spendUse(database.kysely, { ...use, ...change })).toBeNull();
  expect(uses()).toEqual({ uses: 0 });
});

test("a revoked key spends nothing", async () => {
  database.sqlite.exec(`UPDATE enrol_key SET revoked_at = ${now}`);
  expect(await spendUse(database.kysely, use)).toBeNull();
  expect(uses()).toEqual({ uses: 0 });
});
