/**
 * Verifies an identity of device management: possession of its key, its chain to an authority that an
 * administrator named, the time of every certificate, and its use for clients. Revocation lists are not
 * asked; a lost device is revoked here.
 */
import { verify, X509Certificate } from "node:crypto";
import type { Attestation } from "../../core/record.ts";
import type { IdentityAuthority, IdentityVerdict, ShownIdentity } from "../../ports/authority.ts";

const clientAuth = "1.3.6.1.5.5.7.3.2";
const rsaBitsMin = 2048;

/** Returns whether the shown identity leads to one of the authorities at `nowAt`, and to whose key. */
export function verifyManagedIdentity(
  shown: ShownIdentity,
  authorities: readonly IdentityAuthority[],
  nowAt: number,
): IdentityVerdict {
  const chain = shown.chain.map(readCertificate);
  const [leaf, ...others] = chain;
  if (leaf === undefined || leaf === null || others.includes(null)) {
    return refused("a certificate cannot be read");
  }
  const intermediates = others.filter((one) => one !== null);
  const found = authorities.find(({ certificates }) => {
    const anchors = certificates.map(readCertificate).filter((one) => one !== null);
    return leadsTo(leaf, { anchors, intermediates, nowAt });
  });
  if (found === undefined) return refused("no authority that is known here issued it");
  if (!isValidAt(leaf, nowAt))
    return refused(`it is not valid at ${new Date(nowAt).toISOString()}`);
  // Absent where the certificate names no use; the types do not know it.
  if (leaf.ca || !new Set(leaf.keyUsage).has(clientAuth)) {
    return refused("its certificate is not for client authentication");
  }
  if (!isStrong(leaf)) return refused("its key is too weak");
  if (!isSigned(leaf, shown)) return refused("it does not prove possession of its key");
  return { kind: "verified", keyId: found.keyId, attestation: attestationOf(leaf) };
}

interface Ground {
  readonly anchors: readonly X509Certificate[];
  readonly intermediates: readonly X509Certificate[];
  readonly nowAt: number;
}

/** An expired leaf is told apart from a foreign one, so only issuers are held to the time here. */
function leadsTo(leaf: X509Certificate, ground: Ground): boolean {
  let subject = leaf;
  // Each step takes one of the shown certificates, so a circle ends.
  for (let step = 0; step <= ground.intermediates.length; step++) {
    const isIssuer = (one: X509Certificate): boolean =>
      one.ca &&
      isValidAt(one, ground.nowAt) &&
      subject.checkIssued(one) &&
      subject.verify(one.publicKey);
    if (ground.anchors.some(isIssuer)) return true;
    const next = ground.intermediates.find(isIssuer);
    if (next === undefined) return false;
    subject = next;
  }
  return false;
}

function isValidAt(certificate: X509Certificate, nowAt: number): boolean {
  const { validFromDate, validToDate } = certificate;
  return validFromDate.getTime() <= nowAt && nowAt < validToDate.getTime();
}

function isStrong({ publicKey }: X509Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === "rsa") return (details?.modulusLength ?? 0) >= rsaBitsMin;
  return type === "ec" || type === "ed25519";
}

function isSigned({ publicKey }: X509Certificate, { text, signature }: ShownIdentity): boolean {
  const algorithm = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  return verify(algorithm, Buffer.from(text), publicKey, Buffer.from(signature, "base64url"));
}

function attestationOf(leaf: X509Certificate): Attestation {
  return {
    issuer: oneLine(leaf.issuer),
    serial: leaf.serialNumber.toLowerCase(),
    subject: oneLine(leaf.subject),
    notAfterAt: leaf.validToDate.getTime(),
  };
}

function oneLine(name: string): string {
  return name
    .replaceAll("\n", ", ")
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, "?")
    .slice(0, 200);
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    // What cannot be read is refused by whoever asked for it.
    return null;
  }
}

function refused(why: string): IdentityVerdict {
  return { kind: "refused", why };
}
