// How SQLite goes about each list: by an index of the list's own order, whatever is asked for.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SQLInputValue } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import { listAudit } from "./audit.ts";
import { listEvents, listGrants } from "./fleet.ts";
import { listDecisions } from "./list.ts";

let directory: string;
let database: Database;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  const file = join(directory, "controller.db");
  database = openDatabase(file, { readOnly: false });
  await migrate(database, file);
});
afterEach(() => {
  database.sqlite.close();
  rmSync(directory, { recursive: true });
});

/** Runs a list and returns what SQLite says of the way it takes, in one text. */
async function planOf(list: (db: Database["kysely"]) => Promise<unknown>): Promise<string> {
  const { sqlite } = database;
  const prepare = sqlite.prepare.bind(sqlite);
  let text = "";
  sqlite.prepare = (sql) => prepare((text = sql));
  await list(database.kysely);
  const values: SQLInputValue[] = (text.match(/\?/g) ?? []).map(() => null);
  const steps = prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values);
  return steps.map(({ detail }) => String(detail)).join("; ");
}

const [device, resource, effect] = ["dev_x", "res_x", "deny"];

test.each([
  [{}, /^SCAN decision USING INDEX sqlite_autoindex_decision_1$/],
  [{ after: "dec_x" }, /^SEARCH decision USING INDEX sqlite_autoindex_decision_1 \(id<\?\)$/],
  [{ effect }, /^SEARCH decision USING INDEX decision_effect \(effect=\?\)$/],
  [{ resource }, /^SEARCH decision USING INDEX decision_resource \(resource=\?\)$/],
  [{ resource, effect }, /INDEX decision_resource_effect \(resource=\? AND effect=\?\)$/],
  [{ device }, /^SEARCH decision USING INDEX decision_device \(device=\?\)$/],
  [{ device, effect }, /^SEARCH decision USING INDEX decision_device \(device=\?\)$/],
  [{ device, resource }, /^SEARCH decision USING INDEX decision_device \(device=\?\)$/],
  [{ device, resource, effect, after: "dec_x" }, /INDEX decision_device \(device=\? AND id<\?\)$/],
])("decisions by %j are walked in the order of the list", async (search, plan) => {
  expect(await planOf((db) => listDecisions(db, { ...search, limit: 50 }))).toMatch(plan);
});

test("reports of a device are walked newest first, without sorting them", async () => {
  expect(await planOf((db) => listEvents(db, { device, limit: 50 }))).toBe(
    "SEARCH event USING INDEX event_report (device=?)",
  );
});

test("live grants are found among live grants alone", async () => {
  const page = { nowAt: 1, limit: 50 };
  expect(await planOf((db) => listGrants(db, page))).toMatch(/INDEX grant_live \(/);
  expect(await planOf((db) => listGrants(db, { ...page, device }))).toMatch(
    /INDEX grant_live_device \(/,
  );
});

test.each(["three", "2c"])("the audit log is searched for `%s` by its index", async (search) => {
  const plan = await planOf((db) => listAudit(db, { search, limit: 50 }));
  expect(plan).toContain("SEARCH audit USING INTEGER PRIMARY KEY");
  expect(plan).toContain("audit_search VIRTUAL TABLE INDEX");
});
