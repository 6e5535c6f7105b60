/** What the controller needs from the world, named by its needs; adapters stand in `io/`, fakes in `test/fakes/`. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { GrantClaims, LeaseClaims } from "#shared/grant/claims.ts";
import type { RingDefinition } from "#shared/policy/document.ts";
import type { Input } from "#shared/policy/input.ts";
import type { RiskContribution } from "#shared/policy/risk.ts";
import type { Decision, Explanation } from "#shared/policy/decision.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { GatewayDesired, TunnelDesired } from "#shared/protocol/desired.ts";
import type {
  EnrolAnswer,
  EnrolRequest,
  IdentityRequest,
  RenewAnswer,
} from "#shared/protocol/enrolment.ts";
import type { TrustSet } from "#shared/protocol/trust.ts";
import type { Attestation, DeviceRecord, IdentityRecord, RecordChange } from "./core/record.ts";
import type { DifferenceRow, PolicyUse, StoredState, StoreWrite, WriteResult } from "./core/row.ts";

/** Time. `wake` calls back once after `delayMs` and returns how to forget it. */
export interface Clock {
  nowAt(): number;
  monotonicMs(): number;
  wake(delayMs: number, run: () => void): () => void;
}

/** Randomness and digests; all synchronous. */
export interface Crypto {
  randomBytes(count: number): Uint8Array;
  sha256Hex(text: string): string;
  /** base64url of the SHA-256 over the decoded bytes of an enrolment secret (base64url). */
  secretHash(secret: string): string;
  /** HKDF-SHA256(`pskSecret`, salt = the device's public key bytes, info `sallyport-psk`), 32 bytes in base64. */
  presharedKey(pskSecret: string, devicePublicKey: string): string;
  /** RFC 7638 thumbprint (base64url) of a WireGuard key as OKP/X25519. */
  wireguardThumbprint(publicKey: string): string;
}

/** Signs what opens; synchronous, deterministic (Ed25519): the same claims give the same bytes. */
export interface Signer {
  config(payload: TunnelDesired | GatewayDesired): string;
  grant(claims: GrantClaims): string;
  leases(claims: LeaseClaims): string;
}

/** What a signing key that netd believes may sign. */
export type SignedKind = "config" | "grant" | "lease";

/** A signing key as an administrator sees it. */
export interface SigningKeyView {
  readonly kid: string;
  readonly purpose: SignedKind;
  readonly state: "announced" | "signs" | "believed";
  readonly activeFromAt: number | null;
  readonly retiresAt: number | null;
}

/** The keys of the signer: each step is durable when it resolves. */
export interface SigningKeys {
  list(): readonly SigningKeyView[];
  /** Returns the ids of keys that verifiers must learn now; keys announced before are among them. */
  announce(purposes: readonly SignedKind[], actor: string): Promise<readonly string[]>;
  /** Lets announced keys sign what is issued from the next second on. */
  activate(ids: readonly string[], actor: string): Promise<void>;
  /** Removes the keys whose objects have all ended; returns how many. */
  forgetRetired(): Promise<number>;
  /** Infinity where no key is being replaced. */
  nextRetirementAt(): number;
}

/** Rotation of signing keys as the admin API asks for it. */
export interface KeyRotation {
  list(): readonly SigningKeyView[];
  /** Resolves when the new keys sign; nobody who is connected is cut. Rejects with SP-705 while one is under way. */
  rotate(purposes: readonly SignedKind[], actor: string): Promise<readonly SigningKeyView[]>;
  /** Brings everybody who is connected the newest trust set. */
  distribute(): Promise<void>;
}

/** The store behind its writer thread; nothing here blocks the caller's thread. */
export interface Store {
  load(): Promise<StoredState>;
  /** One transaction, grouped with others; resolves when durable, rejects with SP-801 or SP-404. Order of calls is kept. */
  write(writes: readonly StoreWrite[]): Promise<WriteResult>;
}

/** What the store knows of a request to join, before any cryptography on its CSR. */
export type EnrolmentLookup =
  | { readonly kind: "refused"; readonly error: ErrorRef }
  /** The same key and SPKI came before: answer again, spend nothing. */
  | { readonly kind: "known"; readonly record: IdentityRecord }
  | { readonly kind: "fresh"; readonly role: "device" | "gateway" };

/** A certificate as the store keeps it; times in ms since epoch. */
export interface CertificateRecord {
  readonly serial: string;
  readonly identity: string;
  readonly spkiHex: string;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
  readonly pem: string;
}

/** In place of a secret's hash where an identity of device management was verified; no hash is like it. */
export const provedByIdentity = "identity";

/** An enrolment key that stands for an authority of device management. */
export interface IdentityAuthority {
  readonly keyId: string;
  readonly certificates: readonly string[];
}

/** A shown identity: leaf first, and the signature of its key over `text`. */
export interface ShownIdentity {
  readonly chain: readonly string[];
  readonly signature: string;
  readonly text: string;
}

/** Whether a shown identity leads to an authority, at a time. */
export type IdentityVerdict =
  | { readonly kind: "verified"; readonly keyId: string; readonly attestation: Attestation }
  | { readonly kind: "refused"; readonly why: string };

/** One request to join, already authenticated by its secret or its identity. */
export interface EnrolmentOrder {
  /** New id (`dev_…`, `gw_…`) drawn by the caller. */
  readonly id: string;
  readonly keyId: string;
  readonly secretSha256: string;
  readonly spkiHex: string;
  readonly wgPublicKey: string;
  readonly device: EnrolRequest["device"];
  readonly remoteAddress: string;
  readonly nowAt: number;
  readonly attestation?: Attestation | undefined;
  /** Absent where the key asks for approval: the record is made `pending`. */
  readonly certificate?: CertificateRecord | undefined;
}

/** Enrolment keys, identities and certificates: the transactions of joining and renewing. */
export interface EnrolmentStore {
  /** `secretSha256` is base64url; compared in constant time. `approval: 'admin'` keys answer `fresh` with `pending: true`. */
  lookup(request: {
    readonly keyId: string;
    readonly secretSha256: string;
    readonly spkiHex: string;
    readonly remoteAddress: string;
    readonly nowAt: number;
  }): Promise<EnrolmentLookup & { readonly pending?: boolean }>;
  /**
   * One transaction: spends a use (`UPDATE … WHERE uses < usesMax`), makes the record with its addresses, keeps the
   * certificate. The loser of a race gets `refused` and its certificate is thrown away.
   */
  enrol(
    order: EnrolmentOrder,
  ): Promise<
    | { readonly kind: "enrolled"; readonly record: IdentityRecord }
    | { readonly kind: "refused"; readonly error: ErrorRef }
  >;
  keepCertificate(certificate: CertificateRecord): Promise<void>;
  /** Keys that are neither revoked nor over at `nowAt`. */
  identityAuthorities(nowAt: number): Promise<readonly IdentityAuthority[]>;
}

/** What a certificate request holds, after its proof of possession was verified. */
export interface CertificateRequest {
  /** SubjectPublicKeyInfo, DER in lower-case hexadecimal. */
  readonly spkiHex: string;
}

/** What to issue: the SAN is made from role and id, never from a request. */
export interface CertificateOrder {
  readonly role: "device" | "gateway";
  readonly id: string;
  readonly spkiHex: string;
  readonly nowAt: number;
}

/** An issued certificate: `chain` is leaf first, without the root. */
export interface IssuedCertificate {
  readonly record: CertificateRecord;
  readonly chain: readonly string[];
}

/** TLS credentials of the agents' port, and whom client certificates must come from. */
export interface ServerCredentials {
  readonly keyPem: string;
  /** Leaf, issuing certificate and root: an enrolling agent finds the root by its pin among them. */
  readonly chainPem: string;
  /** Issuing certificates whose signature on a client's leaf is believed (PEM). */
  readonly issuersPem: readonly string[];
  readonly notAfterAt: number;
}

/** The certificate authority; it reads the trust domain and its keys itself. */
export interface Authority {
  /** Rejects with SP-703 where the request is not P-256 or its signature does not verify. */
  readRequest(csrPem: string): Promise<CertificateRequest>;
  issue(order: CertificateOrder): Promise<IssuedCertificate>;
  verifyIdentity(
    shown: ShownIdentity,
    authorities: readonly IdentityAuthority[],
    nowAt: number,
  ): IdentityVerdict;
  /** Makes a new server certificate when asked; the hub asks at start and before `notAfterAt`. */
  serverCredentials(): Promise<ServerCredentials>;
  /** Signed by the issuing key; `aud` is the SPIFFE id of the one identity that the set is for. */
  trustSet(aud: string): Promise<TrustSet>;
}

/** What the hub read from a client's leaf certificate after it verified the issuer's signature itself. */
export interface ClientLeaf {
  /** The one URI SAN. */
  readonly identity: string;
  readonly spkiHex: string;
  readonly serial: string;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
}

/** What the hub tells the loop; calls come one at a time and must return fast. */
export interface HubListener {
  /** Asked at each connection; `refused` closes with the code after the handshake. */
  admit(link: number, leaf: ClientLeaf, remoteAddress: string): Admission;
  received(link: number, message: AgentMessage, batchVerified: boolean): void;
  closed(link: number, code: number): void;
  /** A malformed or unknown message; the hub itself closes at its limit. */
  malformed(link: number, error: ErrorRef): void;
  /** The link's socket took what it held back. */
  drained(link: number): void;
  readonly enrolment: Enrolment;
}

/** Whether a client certificate may have a link. */
export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused"; readonly closeCode: number; readonly error: ErrorRef };

/** Enrolment and late renewal as the hub calls them, after its rate limits and schemas. */
export interface Enrolment {
  enrol(request: EnrolRequest, remoteAddress: string): Promise<EnrolmentResult<EnrolAnswer>>;
  /** Answers a challenge where the request holds no proof. */
  enrolByIdentity(
    request: IdentityRequest,
    remoteAddress: string,
  ): Promise<EnrolmentResult<EnrolAnswer> | EnrolmentChallenge>;
  /** The handshake with the (perhaps expired) certificate was the proof. */
  renew(
    leaf: ClientLeaf,
    remoteAddress: string,
    csr: string | undefined,
  ): Promise<EnrolmentResult<RenewAnswer>>;
}

/** What an identity has to sign first. */
export interface EnrolmentChallenge {
  readonly kind: "challenge";
  readonly challenge: string;
}

/** Answer to a request to join or renew. */
export type EnrolmentResult<T> =
  | { readonly kind: "answer"; readonly answer: T }
  | { readonly kind: "pending"; readonly retryAfterSeconds: number }
  | { readonly kind: "refused"; readonly error: ErrorRef };

/** The agents' port. */
export interface Hub {
  /** Binds and listens; resolves with the port bound. */
  listen(listener: HubListener): Promise<number>;
  /** Returns false while the socket holds back more than its high-water mark; the frame is taken all the same. */
  send(link: number, message: ControllerMessage): boolean;
  close(link: number, code: number, reason: string): void;
  /** Closes every link with 4503 and the port. */
  stop(): Promise<void>;
}

/** Names of §12 with their bounded labels. */
export type CounterName =
  | "sallyport_events_total"
  | "sallyport_decisions_total"
  | "sallyport_grant_renewals_total"
  | "sallyport_enrolments_total"
  | "sallyport_link_reconnects_total";
/** Gauges of §12. */
export type GaugeName =
  | "sallyport_agents_connected"
  | "sallyport_grants_active"
  | "sallyport_certificate_expiry_timestamp_seconds"
  | "sallyport_build_info";
/** Histograms of §12, in seconds, buckets 0.001 … 10 (1-2-5). */
export type HistogramName =
  | "sallyport_decision_seconds"
  | "sallyport_cutoff_seconds"
  | "sallyport_store_write_seconds"
  | "sallyport_loop_lag_seconds";
/** Label values; never a user, a device or a jti. */
export type Labels = Readonly<Record<string, string>>;

/** Metrics registry. */
export interface Metrics {
  count(name: CounterName, labels: Labels, by?: number): void;
  gauge(name: GaugeName, labels: Labels, value: number): void;
  observe(name: HistogramName, labels: Labels, seconds: number): void;
}

/** Fields of a log line: values only, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The service log: fixed texts, values as fields; adds timestamp and monotonicMs itself where absent in `fields`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Whether an identity is here now. */
export interface Presence {
  readonly connected: boolean;
  readonly since?: number | undefined;
  readonly lastBeatAt?: number | undefined;
  /** Of a device: the scores that policy acts on, and what they are made of. */
  readonly risk?: RiskView | undefined;
}

/** The risk of a device as administrators see it. */
export interface RiskView {
  readonly session: number;
  readonly identity: number;
  readonly contributions: readonly RiskContribution[];
}

/** A device as policies see it; one that is not here counts as it was last seen. */
export interface DeviceInput {
  readonly device: DeviceRecord;
  readonly input: Input;
}

/** Where a roll-out stands. */
export interface RollOutView {
  readonly change: number;
  readonly version: string;
  readonly status: "rolling" | "halted";
  readonly ring: number;
  readonly rings: readonly RingDefinition[];
  readonly sinceAt: number;
  readonly why: string;
  readonly devicesSeen: number;
  readonly openByOld: number;
  readonly lost: number;
  readonly announcedPercent: number;
}

/** A watch over a shadow: `set:<version>` or `policy:<id>:<digest>`. */
export interface TrialView {
  readonly trial: string;
  readonly startedAt: number;
  readonly decisions: number;
  readonly differences: readonly DifferenceRow[];
}

/** What the running loop tells about policies; all synchronous, from memory. */
export interface PolicyDesk {
  /** The devices that may hold grants. */
  devices(): readonly DeviceRecord[];
  /** Ask for few at a time: the loop stands still meanwhile. */
  inputs(devices: readonly string[]): readonly DeviceInput[];
  rollOut(): RollOutView | null;
  trials(): readonly TrialView[];
  uses(): readonly PolicyUse[];
}

/** What the running loop offers to the admin API; all synchronous, from memory. */
export interface ControlPlane {
  /**
   * Takes records that changed together. Narrowing (quarantine, revoke, a resource or policy that takes away): call before
   * or beside the store's commit. Widening: only after it is durable. A policy that does not compile is not taken (alarm SP-601).
   */
  changed(changes: readonly RecordChange[]): void;
  presence(identity: string): Presence;
  /** Decisions of a device as they stand, with explanations; null for an unknown device. */
  explain(
    device: string,
    resource?: string,
  ): readonly { readonly decision: Decision; readonly explanation: Explanation }[] | null;
  /** Facts of a device as held now. */
  facts(device: string): StoredState["facts"];
  /** Sends `recheck` to a device; false when it is not connected. */
  recheck(device: string, signals?: readonly string[]): boolean;
}
