import type { TrustSet } from "#shared/protocol/trust.ts";
import type { Attestation } from "../core/record.ts";

/** A certificate as the store keeps it; times in ms since epoch. */
export interface CertificateRecord {
  readonly serial: string;
  readonly identity: string;
  readonly spkiHex: string;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
  readonly pem: string;
}

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
