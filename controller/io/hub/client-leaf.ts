/**
 * Reads a client's certificate after verifying the issuer's signature here: the TLS library reports an
 * expired certificate of a foreign authority just like an expired one of ours. Headers are never asked.
 */
import type { KeyObject, X509Certificate } from "node:crypto";
import type { ClientLeaf } from "../../ports/client-leaf.ts";

const clientAuth = "1.3.6.1.5.5.7.3.2";
const uriName = /^URI:(spiffe:\/\/[a-z0-9.-]{1,100}\/(?:device|gateway)\/[a-z0-9_]{1,64})$/;

/** A verified leaf with its public key. */
export interface VerifiedLeaf {
  readonly leaf: ClientLeaf;
  readonly publicKey: KeyObject;
}

/** Returns the leaf when one of our issuing keys signed it, for clientAuth, with one URI SAN and a P-256 key; else null. */
export function readClientLeaf(
  certificate: X509Certificate,
  issuerKeys: readonly KeyObject[],
): VerifiedLeaf | null {
  const name = uriName.exec(certificate.subjectAltName ?? "")?.[1];
  const { publicKey } = certificate;
  if (name === undefined || certificate.ca || !isP256(publicKey)) return null;
  // Node names the extended key usage `keyUsage`.
  const usages: readonly string[] = certificate.keyUsage ?? [];
  if (usages.length !== 1 || usages[0] !== clientAuth) return null;
  if (!issuerKeys.some((key) => certificate.verify(key))) return null;
  return {
    publicKey,
    leaf: {
      identity: name,
      spkiHex: publicKey.export({ type: "spki", format: "der" }).toString("hex"),
      serial: certificate.serialNumber.toLowerCase(),
      notBeforeAt: certificate.validFromDate.getTime(),
      notAfterAt: certificate.validToDate.getTime(),
    },
  };
}

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
}
