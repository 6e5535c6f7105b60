// A store as full as `npm run bench:api` asks it: devices with facts and reports, people in groups,
// leases, decisions and an audit log, written straight into the stopped controller's file.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { makeId, referenceOf, type IdPrefix } from "#shared/base/id.ts";
import { factOf } from "../fakes/controller-world.ts";
import type { ControllerUnderTest } from "../server/controller-under-test.ts";
import { seedDevices } from "../server/seeded-population.ts";

const groupsMax = 200;
const auditEntries = 100_000;
const reportsPerDevice = 10;
const hourMs = 3_600_000;
/** One device in the crowd that never rests: each twentieth decision and many reports are its own. */
export const restless = { name: "laptop-00007", share: 20, reports: 20_000 };

/** How much to write. */
export interface Population {
  readonly devices: number;
  readonly decisions: number;
}

/** Writes it all in one transaction; indices are made again at the end, which takes half the time. */
export function populate(controller: ControllerUnderTest, size: Population): void {
  seedDevices(controller, devicesOf(size.devices));
  const database = new DatabaseSync(controller.places.database);
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN");
  const indices = database
    .prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql > ''",
    )
    .all("decision") as { name: string; sql: string }[];
  for (const { name } of indices) database.exec(`DROP INDEX ${name}`);
  const ids = database.prepare("SELECT id FROM device ORDER BY name").all();
  const devices = ids.map(({ id }) => String(id));
  insertDecisions(database, devices, size.decisions);
  insertReports(database, devices);
  insertPeople(database, size.devices);
  insertLeases(database, devices);
  insertAudit(database);
  for (const { sql } of indices) database.exec(sql);
  database.exec("COMMIT");
  database.close();
}

function devicesOf(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    name: `laptop-${String(n).padStart(5, "0")}`,
    groups: ["staff"],
    facts: { "firewall.enabled": n % 3 !== 0 },
  }));
}

/** Half of all decisions are denials, over all devices, the newest last. */
function insertDecisions(database: DatabaseSync, devices: readonly string[], count: number): void {
  const resource = String(
    database.prepare("SELECT id FROM resource WHERE name = 'wiki'").get()?.["id"],
  );
  const insert = database.prepare(
    "INSERT INTO decision (id, reference, at, device, resource, effect, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const from = Date.now() - count;
  for (let n = 0; n < count; n += 1) {
    const device = devices[n % restless.share === 0 ? 7 : n % devices.length] ?? "";
    insertDecision(insert, { n, at: from + n, device, resource });
  }
}

interface Seed {
  readonly n: number;
  readonly at: number;
  readonly device: string;
  readonly resource: string;
}

function insertDecision(insert: StatementSync, { n, at, device, resource }: Seed): void {
  const id = idOf("dec", at, n);
  const effect = n % 2 === 0 ? "allow" : "deny";
  const params = { signal: "firewall.enabled", wanted: "is true", had: "false" };
  const reason = { code: "level_not_met", params };
  const decision = {
    id,
    reference: referenceOf(id),
    at,
    device,
    resource,
    effect,
    determinedBy: effect === "allow" ? ["staff-wiki"] : [],
    obligations: { record: false },
    leaseSeconds: 60,
    validUntilAt: at + 60_000,
    unmet: effect === "allow" ? [] : [{ policy: "staff-wiki", signal: params.signal, reason }],
    policyVersion: "0".repeat(64),
    inputHash: "0".repeat(64),
    errors: [],
  };
  insert.run(id, decision.reference, at, device, resource, effect, JSON.stringify(decision));
}

function insertReports(database: DatabaseSync, devices: readonly string[]): void {
  const insert = database.prepare(
    "INSERT INTO event (device, epoch, seq, digest, received_at, body) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const epoch = "c".repeat(32);
  const nowAt = Date.now();
  devices.forEach((device, place) => {
    const count = place === 7 ? restless.reports : reportsPerDevice;
    for (let seq = 1; seq <= count; seq += 1) {
      const reading = { kind: "known", value: seq % 2 === 0 } as const;
      const event = { epoch, seq, ageMs: 0, fact: factOf("firewall.enabled", reading) };
      insert.run(device, epoch, seq, `digest ${seq}`, nowAt - (count - seq), JSON.stringify(event));
    }
  });
}

/** As many people as devices, each in five groups. */
function insertPeople(database: DatabaseSync, count: number): void {
  const nowAt = Date.now();
  const group = database.prepare(
    "INSERT INTO group_ (id, name, source, created_at) VALUES (?, ?, 'scim', ?)",
  );
  const groups = Array.from({ length: groupsMax }, (_, n) => idOf("grp", nowAt, n));
  groups.forEach((id, n) => group.run(id, `group-${n}`, nowAt));
  const user = database.prepare(
    `INSERT INTO user_ (id, name, display_name, email, source, active, created_at)
     VALUES (?, ?, ?, ?, 'scim', 1, ?)`,
  );
  const member = database.prepare(
    "INSERT INTO membership (user, group_, source) VALUES (?, ?, 'scim')",
  );
  for (let n = 0; n < count; n += 1) {
    const id = idOf("usr", nowAt, n);
    const name = `person-${String(n).padStart(5, "0")}@example.test`;
    user.run(id, name, `Person ${n}`, name, nowAt);
    for (let nth = 0; nth < 5; nth += 1) member.run(id, groups[(n + nth * 37) % groupsMax] ?? "");
  }
}

const lease = {
  iss: "spiffe://example.test/controller",
  ver: 1,
  lease: 120,
  tolerance: 0,
  pol: "0".repeat(64),
  cnf: { jkt: "0".repeat(43) },
};

/** One lease at the one gateway for each device whose firewall is on. */
function insertLeases(database: DatabaseSync, devices: readonly string[]): void {
  const gateway = String(database.prepare("SELECT id FROM gateway LIMIT 1").get()?.["id"]);
  const resource = String(
    database.prepare("SELECT id FROM resource WHERE name = 'wiki'").get()?.["id"],
  );
  const insert = database.prepare(
    `INSERT INTO grant_ (jti, device, gateway, decision, issued_at, expires_at, body)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const nowAt = Date.now();
  const [iat, exp] = [Math.floor(nowAt / 1_000), Math.floor((nowAt + 10 * hourMs) / 1_000)];
  const rows = database.prepare("SELECT * FROM device ORDER BY name").all();
  devices.forEach((device, n) => {
    const row = rows[n];
    if (row === undefined || n % 3 === 0) return;
    const dec = idOf("dec", nowAt, n);
    const jti = `lease-${n}`;
    const claims = {
      ...lease,
      aud: gateway,
      sub: device,
      jti,
      dec,
      iat,
      nbf: iat - 30,
      exp,
      wg: {
        pk: String(row["wg_public_key"]),
        ips: [`${String(row["address4"])}/32`, `${String(row["address6"])}/128`],
      },
      access: [{ r: resource, exp }],
    };
    insert.run(jti, device, gateway, dec, iat * 1_000, exp * 1_000, JSON.stringify(claims));
  });
}

function insertAudit(database: DatabaseSync): void {
  const insert = database.prepare(
    "INSERT INTO audit (at, actor, action, subject, body) VALUES (?, ?, ?, ?, ?)",
  );
  const from = Date.now() - auditEntries;
  const body = JSON.stringify({ before: { tags: [] }, after: { tags: ["blue"] } });
  for (let n = 0; n < auditEntries; n += 1) {
    insert.run(from + n, `adm_${n % 50}`, "device apply", `dev_${n % 10_000}`, body);
  }
}

function idOf(prefix: IdPrefix, at: number, n: number): string {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, n);
  return makeId(prefix, at, random);
}
