/** Everything that the core starts from, read at one point in time. */
import type { Kysely } from "kysely";
import type { GrantClaims } from "#shared/grant/claims.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import type { RiskSighting } from "#shared/policy/risk.ts";
import { isRiskKind } from "#shared/policy/risk-kind.ts";
import type { NetworkRecord, PolicyRecord } from "../../../core/record.ts";
import type { RiskBaseline } from "../../../core/risk/baseline.ts";
import type { HeldFact, StoredState } from "../../../core/row.ts";
import { deviceOf, gatewayOf, resourceOf, type SealedGateway } from "../record.ts";
import type { Tables } from "../tables.ts";
import { openRequests } from "./access-request.ts";
import { listSites } from "./list.ts";
import { liveUserSessions, readUsers } from "./person.ts";
import { readRollOut, readShadow, readWatch } from "./policy.ts";

const epochsMax = 16;

/** The stored state with gateways whose secrets are still sealed. */
export type SealedState = Omit<StoredState, "gateways"> & {
  readonly gateways: readonly SealedGateway[];
};

/** Reads the state; grants are those neither ended nor expired at `nowAt`. */
export async function loadState(db: Kysely<Tables>, nowAt: number): Promise<SealedState> {
  return {
    trustDomain: await readSetting<string>(db, "trustDomain"),
    epoch: await readSetting<string>(db, "epoch"),
    network: await readSetting<NetworkRecord>(db, "network"),
    sites: await listSites(db),
    gateways: (await db.selectFrom("gateway").selectAll().execute()).map(gatewayOf),
    devices: (await db.selectFrom("device").selectAll().execute()).map(deviceOf),
    resources: (await db.selectFrom("resource").selectAll().execute()).map(resourceOf),
    policy: await activePolicy(db),
    intel: (await storedIntel(db))?.bundle ?? null,
    facts: await heldFacts(db),
    grants: await liveGrants(db, nowAt),
    ledgers: await newestLedgers(db),
    requests: await openRequests(db, nowAt),
    sightings: await keptSightings(db),
    baselines: await keptBaselines(db),
    users: await readUsers(db),
    userSessions: await liveUserSessions(db, nowAt),
    openings: await db.selectFrom("break_glass").select(["gateway", "jti"]).execute(),
    rollOut: await readRollOut(db),
    shadow: await readShadow(db),
    watch: await readWatch(db),
  };
}

/** An imported bundle: its signature was checked with the publisher's key when it came. */
export interface StoredIntel {
  readonly bundle: OsIntelBundle;
  readonly publisher: string;
  readonly importedAt: number;
}

/** Returns the bundle in force. */
export async function storedIntel(db: Kysely<Tables>): Promise<StoredIntel | null> {
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", "osIntel")
    .executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.body) as StoredIntel);
}

/** Returns a setting; an absent one means that the store holds no controller. */
async function readSetting<T>(db: Kysely<Tables>, key: string): Promise<T> {
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
  return JSON.parse(row.body) as T;
}

/** Returns the policy set in force. */
export async function activePolicy(db: Kysely<Tables>): Promise<PolicyRecord | null> {
  const row = await db
    .selectFrom("policy_active")
    .innerJoin("policy_set", "policy_set.version", "policy_active.version")
    .select(["policy_set.version", "policy_set.body"])
    .executeTakeFirst();
  return row ?? null;
}

/** Older epochs than these are of spools long gone; a device cannot bring more of them back. */
async function newestLedgers(db: Kysely<Tables>): Promise<StoredState["ledgers"]> {
  const ranked = db
    .selectFrom("ledger")
    .select(["device", "epoch", "seq", "digest"])
    .select((eb) =>
      eb.fn
        .agg<number>("row_number")
        .over((over) => over.partitionBy("device").orderBy("received_at", "desc"))
        .as("age"),
    );
  return db
    .selectFrom(ranked.as("ranked"))
    .select(["device", "epoch", "seq", "digest"])
    .where("age", "<=", epochsMax)
    .execute();
}

async function heldFacts(db: Kysely<Tables>): Promise<StoredState["facts"]> {
  const rows = await db.selectFrom("fact").select(["device", "body"]).execute();
  return rows.map((row) => ({
    device: row.device,
    held: JSON.parse(row.body) as HeldFact,
  }));
}

/** A kind that this version does not know counts for nothing. */
async function keptSightings(db: Kysely<Tables>): Promise<StoredState["sightings"]> {
  const rows = await db.selectFrom("risk_sighting").selectAll().orderBy("at").execute();
  return rows.flatMap(({ device, at, kind, body }) => {
    if (!isRiskKind(kind)) return [];
    const more = JSON.parse(body) as Omit<RiskSighting, "kind" | "at">;
    return [{ device, sighting: { ...more, kind, at } }];
  });
}

async function keptBaselines(db: Kysely<Tables>): Promise<StoredState["baselines"]> {
  const rows = await db.selectFrom("risk_baseline").selectAll().execute();
  return rows.map(({ device, body }) => ({ device, baseline: JSON.parse(body) as RiskBaseline }));
}

async function liveGrants(db: Kysely<Tables>, nowAt: number): Promise<StoredState["grants"]> {
  const rows = await db
    .selectFrom("grant_")
    .select(["device", "gateway", "body"])
    .where("ended_at", "is", null)
    .where("expires_at", ">", nowAt)
    .execute();
  return rows.map(({ device, gateway, body }) => ({
    device,
    gateway,
    claims: JSON.parse(body) as GrantClaims,
  }));
}
