/** The transaction of joining: spends a use of the key, gives addresses, makes the record. */
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { IdentityStatus, NetworkRecord } from "../../../core/record.ts";
import type { CertificateRecord } from "../../../ports/authority.ts";
import { type EnrolmentOrder, provedByIdentity } from "../../../ports/enrolment-store.ts";
import { addressesOf, hostRange } from "../address-plan.ts";
import { type EnrolKeyBody, keyRefusal } from "../enrol-key-check.ts";
import {
  type DeviceBody,
  deviceOf,
  type GatewayBody,
  gatewayOf,
  type StoredIdentity,
} from "../record.ts";
import type { DeviceTable, EnrolKeyTable, GatewayTable, Tables } from "../tables.ts";
import { takeHost } from "./address.ts";
import { freeName } from "./free-name.ts";
import { writeAudit } from "./audit-trail.ts";
import { spendUse } from "./key-use.ts";
import type { Operation } from "./operation.ts";

/** An order with the new gateway's sealed pre-shared secret (unused for devices). */
export interface SealedOrder {
  readonly order: EnrolmentOrder;
  readonly sealedPsk: Uint8Array;
}

/** What joining came to. */
export type EnrolOutcome =
  | { readonly kind: "enrolled"; readonly record: StoredIdentity }
  | { readonly kind: "refused"; readonly error: ErrorRef };

/** Joins one identity or refuses; the loser of a race for a key's last use is refused with SP-102. */
export const enrolIdentity: Operation<SealedOrder, EnrolOutcome> = async (db, sealed) => {
  const { order } = sealed;
  const refusal = keyRefusal(await readKey(db, order.keyId), order);
  if (refusal === null && (await isKeyTaken(db, order.wgPublicKey))) {
    // Who shows another's tunnel key would lend that one its own grants.
    const why = "this WireGuard key belongs to another identity";
    return { kind: "refused", error: { code: "SP-705", params: { why } } };
  }
  const twin = refusal === null ? await attestedTwin(db, order) : null;
  if (twin !== null) {
    const why = `this identity joined as \`${twin}\`; revoke that device first`;
    return { kind: "refused", error: { code: "SP-705", params: { why } } };
  }
  const key = refusal === null ? await spendUse(db, order) : null;
  if (key === null) {
    return {
      kind: "refused",
      error: refusal ?? { code: "SP-102", params: { key: order.keyId } },
    };
  }
  const stored = await insertIdentity(db, sealed, key);
  if (order.certificate !== undefined) await insertCertificate(db, order.certificate);
  await writeAudit(db, {
    at: order.nowAt,
    actor: key.id,
    action: "identity enrol",
    subject: order.id,
    body: {
      status: stored.status,
      remoteAddress: order.remoteAddress,
      attestation: order.attestation,
    },
  });
  return { kind: "enrolled", record: stored };
};

/** Keeps a renewal's certificate; its key becomes the one that may renew next. */
export const keepCertificate: Operation<CertificateRecord, void> = async (db, certificate) => {
  await insertCertificate(db, certificate);
  const id = certificate.identity.split("/").at(-1) ?? "";
  await db
    .updateTable(id.startsWith("gw_") ? "gateway" : "device")
    .set({ spki_hex: certificate.spkiHex })
    .where("id", "=", id)
    .execute();
};

async function insertCertificate(
  db: Kysely<Tables>,
  certificate: CertificateRecord,
): Promise<void> {
  await db
    .insertInto("certificate")
    .values({
      serial: certificate.serial,
      identity: certificate.identity,
      spki_hex: certificate.spkiHex,
      not_before_at: certificate.notBeforeAt,
      not_after_at: certificate.notAfterAt,
      pem: certificate.pem,
      created_at: certificate.notBeforeAt,
    })
    .execute();
}

function readKey(db: Kysely<Tables>, id: string): Promise<Selectable<EnrolKeyTable> | undefined> {
  return db.selectFrom("enrol_key").selectAll().where("id", "=", id).executeTakeFirst();
}

async function insertIdentity(
  db: Kysely<Tables>,
  { order, sealedPsk }: SealedOrder,
  key: Selectable<EnrolKeyTable>,
): Promise<StoredIdentity> {
  const network = await readNetwork(db);
  const role = key.role === "gateway" ? "gateway" : "device";
  const range = hostRange(network, role);
  const host = await takeHost(db, { holder: order.id, range, nowAt: order.nowAt });
  if (host === null) throw new CodedError("SP-807", { role });
  const shared = {
    id: order.id,
    name: await freeName(db, role, { wanted: order.device.hostname, id: order.id }),
    status: firstStatus(key),
    enrol_key: key.id,
    spki_hex: order.spkiHex,
    wg_public_key: order.wgPublicKey,
    ...addressesOf(network, host),
    last_seen_at: order.nowAt,
    created_at: order.nowAt,
  };
  return role === "gateway"
    ? insertGateway(db, { ...shared, ...gatewayColumns(key), sealed_psk: sealedPsk })
    : insertDevice(db, { ...shared, ...deviceColumns(order, key) });
}

/** A key of many uses proves nothing about who holds it, so its devices wait for more; an identity does. */
function firstStatus(key: Selectable<EnrolKeyTable>): IdentityStatus {
  if (key.approval === "admin") return "pending";
  const attested = key.secret_hash === provedByIdentity;
  return key.uses_max > 1 && !attested ? "unattested" : "active";
}

async function isKeyTaken(db: Kysely<Tables>, publicKey: string): Promise<boolean> {
  for (const table of ["device", "gateway"] as const) {
    const held = db.selectFrom(table).select("id").where("wg_public_key", "=", publicKey);
    if ((await held.executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

/** Returns the name of a living device that joined by the same certificate. */
async function attestedTwin(db: Kysely<Tables>, order: EnrolmentOrder): Promise<string | null> {
  if (order.attestation === undefined) return null;
  const { issuer, serial } = order.attestation;
  const row = await db
    .selectFrom("device")
    .select("name")
    .where("status", "!=", "revoked")
    .where(sql<string>`json_extract(body, '$.attestation.serial')`, "=", serial)
    .where(sql<string>`json_extract(body, '$.attestation.issuer')`, "=", issuer)
    .executeTakeFirst();
  return row?.name ?? null;
}

function deviceColumns(order: EnrolmentOrder, key: Selectable<EnrolKeyTable>) {
  const { groups } = JSON.parse(key.body) as EnrolKeyBody;
  const { os, serials } = order.device;
  const { attestation } = order;
  const body: DeviceBody = { groups, tags: [], os, serials, attestation };
  return { level: 0, body: JSON.stringify(body) };
}

function gatewayColumns(key: Selectable<EnrolKeyTable>) {
  if (key.site === null) throw new Error("a gateway's enrolment key names its site");
  const body: GatewayBody = { endpoints: [], listenPort: 51_820, lan: "auto" };
  return { site: key.site, priority: 50, body: JSON.stringify(body) };
}

async function insertDevice(
  db: Kysely<Tables>,
  row: Insertable<DeviceTable>,
): Promise<StoredIdentity> {
  return deviceOf(
    await db.insertInto("device").values(row).returningAll().executeTakeFirstOrThrow(),
  );
}

async function insertGateway(
  db: Kysely<Tables>,
  row: Insertable<GatewayTable>,
): Promise<StoredIdentity> {
  return gatewayOf(
    await db.insertInto("gateway").values(row).returningAll().executeTakeFirstOrThrow(),
  );
}

async function readNetwork(db: Kysely<Tables>): Promise<NetworkRecord> {
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", "network")
    .executeTakeFirstOrThrow();
  return JSON.parse(row.body) as NetworkRecord;
}
