/** Records of the store as the core sees them: plain data, read at start, changed by `recordChanged`. */
import type { AccessRequest } from "./elevation/access-request.ts";
import type { UserRecord, UserSession } from "./person/user-record.ts";
import type { Target } from "#shared/protocol/desired.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";

/** Where an identity stands; only `active` devices may hold grants. */
export type IdentityStatus = "pending" | "unattested" | "active" | "quarantined" | "revoked";

/** The certificate of device management by which a device joined. */
export interface Attestation {
  readonly issuer: string;
  readonly serial: string;
  readonly subject: string;
  readonly notAfterAt: number;
}

/** An enrolled device; `spkiHex` is the SPKI (DER, hexadecimal) that its certificates carry. */
export interface DeviceRecord {
  readonly id: string;
  readonly name: string;
  readonly role: "device";
  readonly status: IdentityStatus;
  /** A user id, or an administrator's name. */
  readonly owner?: string | undefined;
  /** The account that a machine without users runs under. */
  readonly serviceAccount?: string | undefined;
  readonly groups: readonly string[];
  readonly tags: readonly string[];
  readonly os: string;
  readonly serials: readonly string[];
  readonly wgPublicKey: string;
  readonly address4: string;
  readonly address6: string;
  readonly enrolKey: string;
  readonly level: number;
  readonly lastSeenAt: number;
  readonly replaces?: string | undefined;
  readonly attestation?: Attestation | undefined;
  readonly spkiHex: string;
}

/** An enrolled gateway; `pskSecret` is base64url of 32 bytes, made at enrolment. */
export interface GatewayRecord {
  readonly id: string;
  readonly name: string;
  readonly role: "gateway";
  readonly site: string;
  readonly priority: number;
  readonly status: IdentityStatus;
  readonly endpoints: readonly string[];
  readonly wgPublicKey: string;
  readonly address4: string;
  readonly address6: string;
  readonly spkiHex: string;
  readonly pskSecret: string;
  readonly listenPort: number;
  readonly lan: string;
}

/** A place with gateways; `snat` is the default way of forwarding. */
export interface SiteRecord {
  readonly id: string;
  readonly name: string;
  readonly forwarding: "snat" | "routed";
  readonly resolvers: readonly string[];
}

/** Something to reach; `protected` targets never leave a device in clear, granted or not. */
export interface ResourceRecord {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly targets: readonly Target[];
  readonly tags: readonly string[];
  readonly sensitivity: "low" | "normal" | "high";
  readonly protected: boolean;
  readonly leaseSeconds: number;
  readonly offlineToleranceSeconds: number;
  readonly resolvesTo?: readonly string[] | undefined;
  readonly serverToDevice: boolean;
  readonly source: "git" | "api";
}

/** The address plan. */
export interface NetworkRecord {
  readonly pool4: string;
  readonly pool6: string;
  readonly mtu: number;
  readonly extraProtected: readonly string[];
}

/** The policy set in force: `body` is the canonical JSON of its parsed documents, `version` its sha256 in hex. */
export interface PolicyRecord {
  readonly version: string;
  readonly body: string;
}

/**
 * A set on its way to the devices, ring by ring; `announcedPercent` is what its plan said each ring
 * would lose of the accesses that it has (`ringOpen`).
 */
export interface RollOutRecord {
  readonly change: number;
  readonly policy: PolicyRecord;
  readonly status: "rolling" | "halted";
  readonly ring: number;
  readonly sinceAt: number;
  readonly announcedPercent: readonly number[];
  readonly ringOpen?: readonly number[] | undefined;
}

/** A set that is only compared with the one in force. */
export interface ShadowRecord {
  readonly policy: PolicyRecord;
  readonly startedAt: number;
}

/** A device or a gateway. */
export type IdentityRecord = DeviceRecord | GatewayRecord;

/** A change of records: made by the admin API, the enrolment or a restore. */
export type RecordChange =
  | { readonly kind: "device"; readonly record: DeviceRecord }
  | { readonly kind: "gateway"; readonly record: GatewayRecord }
  | { readonly kind: "site"; readonly record: SiteRecord }
  | { readonly kind: "siteRemoved"; readonly id: string }
  | { readonly kind: "resource"; readonly record: ResourceRecord }
  | { readonly kind: "resourceRemoved"; readonly id: string }
  | { readonly kind: "network"; readonly record: NetworkRecord }
  | { readonly kind: "policy"; readonly record: PolicyRecord }
  | { readonly kind: "accessRequest"; readonly record: AccessRequest }
  | { readonly kind: "intel"; readonly record: OsIntelBundle }
  | { readonly kind: "user"; readonly id: string; readonly record: UserRecord | null }
  | { readonly kind: "userSession"; readonly device: string; readonly record: UserSession | null }
  | { readonly kind: "rollOut"; readonly record: RollOutRecord | null }
  | { readonly kind: "shadow"; readonly record: ShadowRecord | null };
