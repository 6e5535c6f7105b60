/** The tables as Kysely sees them; JSON columns end in `body` and hold text. */
import type { Generated } from "kysely";
import type { Mutable } from "./mutable-row.ts";
import type { PeopleTables } from "./people-tables.ts";

/** Settings of this controller: one JSON value per key. */
export interface SettingTable {
  readonly key: string;
  readonly body: string;
}

/** Private keys, sealed under the key-encryption key. */
export interface KeyTable {
  readonly id: string;
  readonly purpose: string;
  readonly sealed: Uint8Array;
  /** Null: announced, signs nothing yet. */
  readonly active_from_at: number | null;
  readonly created_at: number;
}

/** What machines are made of. */
export interface InventoryTable {
  readonly identity: string;
  readonly received_at: number;
  readonly body: string;
}

/** Enrolment keys: only the SHA-256 of a secret is kept. */
export interface EnrolKeyTable {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly site: string | null;
  readonly secret_hash: string;
  readonly uses_max: number;
  readonly uses: number;
  readonly expires_at: number;
  readonly approval: string;
  readonly created_by: string;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
  readonly body: string;
  readonly created_at: number;
}

/** Devices that enrolled; `spki_hex` is the key that may renew. */
export interface DeviceTable extends Mutable {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly enrol_key: string;
  readonly spki_hex: string;
  readonly wg_public_key: string;
  readonly address4: string;
  readonly address6: string;
  readonly level: number;
  readonly last_seen_at: number;
  readonly body: string;
}

/** Gateways; one that never enrolled does not exist. */
export interface GatewayTable extends Mutable {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly priority: number;
  readonly status: string;
  readonly enrol_key: string;
  readonly spki_hex: string;
  readonly wg_public_key: string;
  readonly address4: string;
  readonly address6: string;
  readonly last_seen_at: number;
  readonly sealed_psk: Uint8Array;
  readonly body: string;
}

/** Sites: where gateways stand. */
export interface SiteTable extends Mutable {
  readonly id: string;
  readonly name: string;
  readonly body: string;
}

/** Resources: what may be reached through a site. */
export interface ResourceTable extends Mutable {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly source: string;
  readonly body: string;
}

/** Tunnel addresses by host number; a freed one rests before it is given again. */
export interface AddressTable {
  readonly host: number;
  readonly holder: string;
  readonly freed_at: number | null;
}

/** Certificates that were handed out. */
export interface CertificateTable {
  readonly serial: string;
  readonly identity: string;
  readonly spki_hex: string;
  readonly not_before_at: number;
  readonly not_after_at: number;
  readonly pem: string;
  readonly created_at: number;
}

/** Posture events, named (device, epoch, seq); append-only. */
export interface EventTable {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly digest: string;
  readonly received_at: number;
  readonly body: string;
  readonly signature: string | null;
}

/** The newest fact of each signal of a device. */
export interface FactTable {
  readonly device: string;
  readonly signal: string;
  readonly until_at: number;
  readonly body: string;
}

/** The highest contiguous durable event of each epoch of a device. */
export interface LedgerTable {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly digest: string;
  readonly received_at: number;
}

/** Policy sets by the hash of their content; append-only. */
export interface PolicySetTable {
  readonly version: string;
  readonly body: string;
  /** The YAML files as they were given, as JSON. */
  readonly files: string;
  readonly created_at: number;
  readonly created_by: string;
}

/** The one policy set in force (`slot` is always 1). */
export interface PolicyActiveTable {
  readonly slot: number;
  readonly version: string;
  readonly activated_at: number;
}

/** Each change of the set in force: who, why, who agreed, and how far it has come. */
export interface PolicyChangeTable {
  readonly id: Generated<number>;
  readonly version: string;
  readonly former: string | null;
  readonly kind: string;
  readonly source: string;
  readonly author: string;
  readonly reason: string;
  readonly approver: string | null;
  readonly status: string;
  readonly ring: number;
  readonly ring_since_at: number;
  /** Why it halted; the reason of a person stands in `settled_reason`. */
  readonly why: string | null;
  readonly body: string;
  readonly created_at: number;
  readonly settled_at: number | null;
  readonly settled_reason: string | null;
}

/** The one set that is compared with the one in force (`slot` is always 1). */
export interface PolicyShadowTable {
  readonly slot: number;
  readonly version: string;
  readonly started_at: number;
  readonly started_by: string;
  readonly reason: string;
}

/** How often each policy took part in answers. */
export interface PolicyUseTable {
  readonly policy: string;
  readonly since_at: number;
  readonly matched_at: number | null;
  readonly decisive_at: number | null;
  readonly matched: number;
  readonly decisive: number;
}

/** How far the watch over each shadow has come. */
export interface PolicyTrialTable {
  readonly trial: string;
  readonly started_at: number;
  readonly decisions: number;
}

/** What shadows answered differently, by cause; accepted ones have a reason. */
export interface PolicyDifferenceTable {
  readonly trial: string;
  readonly cause: string;
  readonly body: string;
  readonly accepted_by: string | null;
  readonly accepted_reason: string | null;
  readonly accepted_at: number | null;
}

/** Decisions; append-only. */
export interface DecisionTable {
  readonly id: string;
  readonly reference: string;
  readonly at: number;
  readonly device: string;
  readonly resource: string;
  readonly effect: string;
  readonly body: string;
}

/** Grants that were issued; `ended_at` is set when one was withdrawn early. */
export interface GrantTable {
  readonly jti: string;
  readonly device: string;
  readonly gateway: string;
  readonly decision: string;
  readonly issued_at: number;
  readonly expires_at: number;
  readonly ended_at: number | null;
  readonly ended_because: string | null;
  readonly body: string;
}

/** Who changed what; append-only. */
export interface AuditTable {
  readonly seq: Generated<number>;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly body: string;
}

/** Administrators: what tokens and sign-ins act as. */
export interface AdminTable extends Mutable {
  readonly id: string;
  readonly name: string;
  /** The person of an identity provider that it stands for. */
  readonly user: string | null;
  /** Of whoever signs in by passkey; tokens and persons have roles of their own. */
  readonly role: string | null;
}

/** Requests for time-boxed access; `body` is the whole request. */
export interface AccessRequestTable extends Mutable {
  /** Names of those whose it is, of when it was made, and of its approvers. */
  readonly people: Generated<string>;
  readonly id: string;
  readonly device: string;
  readonly status: string;
  readonly until_at: number | null;
  readonly body: string;
}

/** What gateways opened without the controller. */
export interface BreakGlassTable {
  readonly jti: string;
  readonly gateway: string;
  readonly reported_at: number;
  readonly body: string;
}

/** What raised the risk of a device, and when. */
export interface RiskSightingTable {
  readonly device: string;
  readonly at: number;
  readonly kind: string;
  readonly body: string;
}

/** Where and when a device is used. */
export interface RiskBaselineTable {
  readonly device: string;
  readonly body: string;
}

/** Inputs of decisions by the digest that decisions name. */
export interface DecisionInputTable {
  readonly hash: string;
  readonly at: number;
  readonly body: string;
}

/** Bearer tokens of the API: only their SHA-256 is kept. */
export interface ApiTokenTable {
  readonly id: string;
  readonly name: string;
  readonly admin: string;
  readonly created_by: string;
  readonly role: string;
  readonly token_hash: string;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly created_at: number;
}

/** The version, content hash and signature of the trust set that each identity holds. */
export interface TrustTable {
  readonly identity: string;
  readonly version: number;
  readonly content_hash: string;
  readonly sig: string;
}

/** Links that sign in once: only their SHA-256 is kept. */
export interface SignInLinkTable {
  readonly hash: string;
  readonly token: string;
  readonly expires_at: number;
}

/** Sessions of the console: only the SHA-256 of their secret is kept. */
export interface AdminSessionTable {
  readonly hash: string;
  readonly id: string;
  readonly admin: string;
  readonly token: string | null;
  readonly passkey: string | null;
  readonly user: string | null;
  readonly role: string | null;
  readonly expires_at: number;
  readonly created_at: number;
  readonly active_at: number;
}

/** Answers that are given again; `sealed` under the key-encryption key. */
export interface KeptAnswerTable {
  readonly admin: string;
  readonly key: string;
  readonly request_hash: string;
  readonly at: number;
  readonly status: number;
  readonly sealed: Uint8Array;
}

/** Everything the store holds. */
export interface Tables extends PeopleTables {
  readonly setting: SettingTable;
  readonly key_: KeyTable;
  readonly enrol_key: EnrolKeyTable;
  readonly device: DeviceTable;
  readonly gateway: GatewayTable;
  readonly site: SiteTable;
  readonly resource: ResourceTable;
  readonly address: AddressTable;
  readonly certificate: CertificateTable;
  readonly event: EventTable;
  readonly fact: FactTable;
  readonly ledger: LedgerTable;
  readonly policy_set: PolicySetTable;
  readonly policy_active: PolicyActiveTable;
  readonly policy_change: PolicyChangeTable;
  readonly policy_shadow: PolicyShadowTable;
  readonly policy_use: PolicyUseTable;
  readonly policy_trial: PolicyTrialTable;
  readonly policy_difference: PolicyDifferenceTable;
  readonly decision: DecisionTable;
  readonly grant_: GrantTable;
  readonly audit: AuditTable;
  readonly admin: AdminTable;
  readonly risk_sighting: RiskSightingTable;
  readonly risk_baseline: RiskBaselineTable;
  readonly break_glass: BreakGlassTable;
  readonly access_request: AccessRequestTable;
  readonly decision_input: DecisionInputTable;
  readonly api_token: ApiTokenTable;
  readonly kept_answer: KeptAnswerTable;
  readonly sign_in_link: SignInLinkTable;
  readonly admin_session: AdminSessionTable;
  readonly trust: TrustTable;
  readonly inventory: InventoryTable;
}
