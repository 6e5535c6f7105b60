import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { EnrolRequest } from "#shared/protocol/enrolment.ts";
import type { Attestation, IdentityRecord } from "../core/record.ts";
import type { CertificateRecord, IdentityAuthority } from "./authority.ts";

/** What the store knows of a request to join, before any cryptography on its CSR. */
export type EnrolmentLookup =
  | { readonly kind: "refused"; readonly error: ErrorRef }
  /** The same key and SPKI came before: answer again, spend nothing. */
  | { readonly kind: "known"; readonly record: IdentityRecord }
  | { readonly kind: "fresh"; readonly role: "device" | "gateway" };

/** In place of a secret's hash where an identity of device management was verified; no hash is like it. */
export const provedByIdentity = "identity";

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

/** A request to join that was refused. */
export interface RefusedJoining {
  readonly error: ErrorRef;
  readonly keyId?: string | undefined;
  /** As the machine calls itself; only of one that showed a secret of ours. */
  readonly hostname?: string | undefined;
  readonly remoteAddress: string;
  readonly nowAt: number;
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
  /** Of a flood few are kept. */
  keepRefusal(refused: RefusedJoining): Promise<void>;
  keepCertificate(certificate: CertificateRecord): Promise<void>;
  /** Keys that are neither revoked nor over at `nowAt`. */
  identityAuthorities(nowAt: number): Promise<readonly IdentityAuthority[]>;
}
