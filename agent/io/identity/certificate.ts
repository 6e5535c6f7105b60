/** What the agent checks of certificates with node:crypto alone. */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { CodedError } from "#shared/base/coded-error.ts";
import { parseSpiffe } from "#shared/base/spiffe.ts";
import type { Role, Validity } from "../../core/identity.ts";

/** Who a leaf says we are, after it was checked. */
export interface Leaf {
  readonly id: string;
  readonly role: Role;
  readonly validity: Validity;
}

/** Returns base64url SHA-256 of a certificate's SPKI: the form in which roots are pinned. */
export function pinOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("base64url");
}

/** Returns the certificate of a PEM, or throws SP-201. */
export function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CodedError("SP-201", { peer: "a malformed certificate" }, { cause: error });
  }
}

/** What a leaf is checked against. */
export interface LeafExpectation {
  readonly root: X509Certificate;
  readonly privateKey: KeyObject;
  readonly trustDomain: string;
}

/** Returns who the chain's leaf says we are; throws SP-201 unless it is ours by key and by issuer. */
export function checkLeaf(chain: readonly string[], expected: LeafExpectation): Leaf {
  const [leaf, ...issuers] = chain.map(parseCertificate);
  if (leaf === undefined) throw notOurs("an empty chain");
  let subject = leaf;
  for (const issuer of [...issuers.filter((other) => !isSelf(other)), expected.root]) {
    if (!issuer.ca || !subject.checkIssued(issuer) || !subject.verify(issuer.publicKey)) {
      throw notOurs("the issued certificate");
    }
    subject = issuer;
  }
  if (!leaf.publicKey.equals(createPublicKey(expected.privateKey))) {
    throw notOurs("a certificate for another key");
  }
  return { ...identityOf(leaf, expected.trustDomain), validity: validityOf(leaf) };
}

/** Returns the PEM of the root among certificates, by its pin; null where it is not there. */
export function findRoot(candidates: readonly X509Certificate[], pin: string): string | null {
  const root = candidates.find(
    (candidate) => isSelf(candidate) && candidate.ca && pinOf(candidate) === pin,
  );
  return root?.toString() ?? null;
}

/** Returns the validity of a certificate in ms since the epoch. */
export function validityOf(certificate: X509Certificate): Validity {
  return {
    notBeforeAt: certificate.validFromDate.getTime(),
    notAfterAt: certificate.validToDate.getTime(),
  };
}

function identityOf(leaf: X509Certificate, trustDomain: string): { id: string; role: Role } {
  const uri = /^URI:(\S+)$/.exec(leaf.subjectAltName ?? "")?.[1] ?? "";
  const identity = parseSpiffe(uri, trustDomain);
  if (identity === null || identity.role === "controller") throw notOurs(`the name \`${uri}\``);
  return { id: identity.id, role: identity.role };
}

function isSelf(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

function notOurs(peer: string): CodedError {
  return new CodedError("SP-201", { peer });
}
