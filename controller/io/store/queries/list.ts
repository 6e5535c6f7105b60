/** Lists for the admin API: what the loop holds in memory whole, everything else bounded, newest first. */
import { type Kysely, sql } from "kysely";
import type { Decision } from "#shared/policy/decision.ts";
import type { DeviceRecord, ResourceRecord, SiteRecord } from "../../../core/record.ts";
import type { DecisionSource } from "../../../core/row.ts";
import type { EnrolKeyBody } from "../enrol-key-check.ts";
import { isSiteThere } from "../removed-site.ts";
import { deviceOf, gatewayOf, resourceOf, type SealedGateway, siteOf } from "../record.ts";
import type { Tables } from "../tables.ts";

const rowsMax = 1_000;

/** An enrolment key as shown to administrators: never its secret, not even its hash. */
export interface EnrolKeyView extends EnrolKeyBody {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly site: string | null;
  readonly usesMax: number;
  readonly uses: number;
  readonly approval: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** Returns enrolment keys, newest first. */
export async function listEnrolKeys(db: Kysely<Tables>): Promise<readonly EnrolKeyView[]> {
  const rows = await db
    .selectFrom("enrol_key")
    .leftJoin("site", "site.id", "enrol_key.site")
    .selectAll("enrol_key")
    .select("site.name as site_name")
    .orderBy("enrol_key.id", "desc")
    .limit(rowsMax)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role,
    site: row.site_name,
    usesMax: row.uses_max,
    uses: row.uses,
    approval: row.approval,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    ...(JSON.parse(row.body) as EnrolKeyBody),
  }));
}

/** Which devices: a text in what people call them by, and how they stand. */
export interface DeviceSearch {
  readonly after: string;
  readonly limit: number;
  readonly search?: string | undefined;
  readonly status?: string | undefined;
  /** Only among these. */
  readonly ids?: readonly string[] | undefined;
}

/** Returns devices by name from the one after `after`. */
export async function listDevices(
  db: Kysely<Tables>,
  page: DeviceSearch,
): Promise<readonly DeviceRecord[]> {
  let query = db.selectFrom("device").selectAll().where("name", ">", page.after);
  if (page.status !== undefined) query = query.where("status", "=", page.status);
  if (page.ids !== undefined) query = query.where(isAmong(page.ids));
  if (page.search !== undefined) query = query.where(isNamed(page.search));
  const rows = await query.orderBy("name").limit(Math.min(page.limit, rowsMax)).execute();
  return rows.map(deviceOf);
}

/** The plus keeps devices in the order of their names, so that a page ends the walk. */
function isNamed(text: string) {
  return sql<boolean>`+device.rowid IN (${rowsHolding("device_search", text)})`;
}

/** The plus keeps devices in the order of their names, as in a search. */
function isAmong(ids: readonly string[]) {
  return sql<boolean>`+device.id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

/** What the index does not know is looked for word by word. */
export function rowsHolding(index: "device_search" | "audit_search", text: string) {
  const table = sql.table(index);
  return isIndexed(text)
    ? sql`SELECT rowid FROM ${table} WHERE ${table} MATCH ${`"${text.replaceAll('"', '""')}"`}`
    : sql`SELECT rowid FROM ${table} WHERE words LIKE ${containing(text)} ESCAPE '\\'`;
}

/** Tells whether the indices of words know parts of this length. */
export function isIndexed(text: string): boolean {
  return Array.from(text).length >= 3;
}

/** A pattern for whatever holds the text; its own wildcards stand for themselves. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

/** Returns the device of an id or a name, or null. */
export async function findDevice(db: Kysely<Tables>, key: string): Promise<DeviceRecord | null> {
  const row = await db
    .selectFrom("device")
    .selectAll()
    .where((eb) => eb.or([eb("id", "=", key), eb("name", "=", key)]))
    .executeTakeFirst();
  return row === undefined ? null : deviceOf(row);
}

/** Returns the names of devices by their ids. */
export async function nameDevices(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom("device")
    .select(["id", "name"])
    .where("id", "in", ids.slice(0, rowsMax))
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Returns gateways by name. */
export async function listGateways(db: Kysely<Tables>): Promise<readonly SealedGateway[]> {
  const rows = await db.selectFrom("gateway").selectAll().orderBy("name").execute();
  return rows.map(gatewayOf);
}

/** Returns the gateway of an id or a name, or null. */
export async function findGateway(db: Kysely<Tables>, key: string): Promise<SealedGateway | null> {
  const row = await db
    .selectFrom("gateway")
    .selectAll()
    .where((eb) => eb.or([eb("id", "=", key), eb("name", "=", key)]))
    .executeTakeFirst();
  return row === undefined ? null : gatewayOf(row);
}

/** Returns all sites by name: sets are compiled from them, so none may be left out. */
export async function listSites(db: Kysely<Tables>): Promise<readonly SiteRecord[]> {
  const rows = await db.selectFrom("site").selectAll().where(isSiteThere).orderBy("name").execute();
  return rows.map(siteOf);
}

/** Returns all resources by name, as `listSites`. */
export async function listResources(db: Kysely<Tables>): Promise<readonly ResourceRecord[]> {
  const rows = await db.selectFrom("resource").selectAll().orderBy("name").execute();
  return rows.map(resourceOf);
}

/** Returns the decisions of an id or a reference, newest first; references are not unique for ever. */
export async function findDecisions(
  db: Kysely<Tables>,
  search: { readonly key: string; readonly limit: number },
): Promise<readonly Decision[]> {
  const rows = await db
    .selectFrom("decision")
    .select("body")
    .where((eb) => eb.or([eb("id", "=", search.key), eb("reference", "=", search.key)]))
    .orderBy("id", "desc")
    .limit(Math.min(search.limit, rowsMax))
    .execute();
  return rows.map((row) => JSON.parse(row.body) as Decision);
}

/** Returns what decisions with this `inputHash` were made from, or null where it is not kept. */
export async function findSource(db: Kysely<Tables>, hash: string): Promise<DecisionSource | null> {
  const row = await db
    .selectFrom("decision_input")
    .select("body")
    .where("hash", "=", hash)
    .executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.body) as DecisionSource);
}

/** Which decisions; `after` is the id of a newer one. */
export interface DecisionSearch {
  readonly device?: string | undefined;
  readonly resource?: string | undefined;
  readonly effect?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Returns the newest decisions, of one device where it is given. */
export async function listDecisions(
  db: Kysely<Tables>,
  search: DecisionSearch,
): Promise<readonly Decision[]> {
  const { device, resource, effect, after } = search;
  let query = db.selectFrom("decision").select("body").orderBy("id", "desc");
  if (device !== undefined) query = query.where("device", "=", device);
  // A device has few of all decisions: the plus keeps SQLite from walking any others.
  const column = (name: string) => sql.raw(device === undefined ? name : `+${name}`);
  if (resource !== undefined)
    query = query.where(sql<boolean>`${column("resource")} = ${resource}`);
  if (effect !== undefined) query = query.where(sql<boolean>`${column("effect")} = ${effect}`);
  if (after !== undefined) query = query.where("id", "<", after);
  const rows = await query.limit(Math.min(search.limit, rowsMax)).execute();
  return rows.map((row) => JSON.parse(row.body) as Decision);
}
