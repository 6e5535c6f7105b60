/** Turns rows into the core's records and back; sealed values are opened by the caller's function. */
import type { Selectable } from "kysely";
import type {
  DeviceRecord,
  GatewayRecord,
  IdentityStatus,
  ResourceRecord,
  SiteRecord,
} from "../../core/record.ts";
import type { DeviceTable, GatewayTable, ResourceTable, SiteTable } from "./tables.ts";

/** What a quarantine leads back to. */
interface HeldBack {
  readonly heldStatus?: IdentityStatus | undefined;
}

/** The part of a device that its row keeps as JSON. */
export type DeviceBody = Pick<
  DeviceRecord,
  "owner" | "serviceAccount" | "groups" | "tags" | "os" | "serials" | "replaces" | "attestation"
> &
  HeldBack;

/** The part of a gateway that its row keeps as JSON. */
export type GatewayBody = Pick<GatewayRecord, "endpoints" | "listenPort" | "lan"> & HeldBack;

/** The part of a site that its row keeps as JSON. */
export type SiteBody = Pick<SiteRecord, "forwarding" | "resolvers">;

/** The part of a resource that its row keeps as JSON. */
export type ResourceBody = Omit<ResourceRecord, "id" | "name" | "site" | "source">;

/** A gateway whose pre-shared secret is still sealed; only the main thread holds the key. */
export type SealedGateway = Omit<GatewayRecord, "pskSecret"> & { readonly sealedPsk: Uint8Array };

/** A device, or a gateway whose secret is still sealed. */
export type StoredIdentity = DeviceRecord | SealedGateway;

/** Returns the device of a row. */
export function deviceOf(row: Selectable<DeviceTable>): DeviceRecord {
  const { heldStatus: _, ...body } = JSON.parse(row.body) as DeviceBody;
  return {
    id: row.id,
    name: row.name,
    role: "device",
    status: row.status as IdentityStatus,
    wgPublicKey: row.wg_public_key,
    address4: row.address4,
    address6: row.address6,
    enrolKey: row.enrol_key,
    level: row.level,
    lastSeenAt: row.last_seen_at,
    spkiHex: row.spki_hex,
    ...body,
  };
}

/** Returns the gateway of a row. */
export function gatewayOf(row: Selectable<GatewayTable>): SealedGateway {
  const { heldStatus: _, ...body } = JSON.parse(row.body) as GatewayBody;
  return {
    id: row.id,
    name: row.name,
    role: "gateway",
    site: row.site,
    priority: row.priority,
    status: row.status as IdentityStatus,
    wgPublicKey: row.wg_public_key,
    address4: row.address4,
    address6: row.address6,
    spkiHex: row.spki_hex,
    sealedPsk: row.sealed_psk,
    ...body,
  };
}

/** Returns the site of a row. */
export function siteOf(row: Selectable<SiteTable>): SiteRecord {
  return { id: row.id, name: row.name, ...(JSON.parse(row.body) as SiteBody) };
}

/** Returns the resource of a row. */
export function resourceOf(row: Selectable<ResourceTable>): ResourceRecord {
  return {
    id: row.id,
    name: row.name,
    site: row.site,
    source: row.source as ResourceRecord["source"],
    ...(JSON.parse(row.body) as ResourceBody),
  };
}
