/** A device management with an authority of its own: it issues identities as PKCS#12, good and bad ones. */
import { generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

/** What an identity shall be other than good. */
export interface IdentityOrder {
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly clientAuth?: boolean;
  readonly bits?: number;
}

/** An identity as a device gets it. */
export interface IssuedIdentity {
  readonly keyPem: string;
  readonly certificatePem: string;
  readonly serial: string;
  readonly file: Buffer;
}

/** An authority that issues identities. */
export interface DeviceManagement {
  readonly authorityPem: string;
  issue(name: string, order?: IdentityOrder): IssuedIdentity;
}

/** The password of every file. */
export const identityPassword = "correct-horse";

const dayMs = 86_400_000;
let serials = 0x10;

/** Returns a device management whose authority starts `agoMs` before now and lasts a year. */
export function makeDeviceManagement(name: string, agoMs = dayMs): DeviceManagement {
  const keys = newKeys(2048);
  const subject = [{ shortName: "CN", value: name }];
  const start = Date.now() - agoMs;
  const authority = certificateOf(keys.publicKey, subject, {
    from: start,
    until: start + 365 * dayMs,
  });
  authority.setIssuer(subject);
  authority.setExtensions([{ name: "basicConstraints", cA: true, critical: true }]);
  authority.sign(keys.privateKey, forge.md.sha256.create());
  return {
    authorityPem: forge.pki.certificateToPem(authority),
    issue(device, { fromMs = -dayMs, untilMs = dayMs, clientAuth = true, bits = 2048 } = {}) {
      const own = newKeys(bits);
      const now = Date.now();
      const times = { from: now + fromMs, until: now + untilMs };
      const leaf = certificateOf(own.publicKey, [{ shortName: "CN", value: device }], times);
      leaf.setIssuer(subject);
      leaf.setExtensions([{ name: "extKeyUsage", clientAuth, serverAuth: !clientAuth }]);
      leaf.sign(keys.privateKey, forge.md.sha256.create());
      const bundle = forge.pkcs12.toPkcs12Asn1(own.privateKey, [leaf, authority], identityPassword);
      return {
        keyPem: forge.pki.privateKeyToPem(own.privateKey),
        certificatePem: forge.pki.certificateToPem(leaf),
        serial: leaf.serialNumber,
        file: Buffer.from(forge.asn1.toDer(bundle).getBytes(), "binary"),
      };
    },
  };
}

function certificateOf(
  publicKey: forge.pki.rsa.PublicKey,
  subject: forge.pki.CertificateField[],
  times: { readonly from: number; readonly until: number },
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = (++serials).toString(16);
  certificate.validity.notBefore = new Date(times.from);
  certificate.validity.notAfter = new Date(times.until);
  certificate.setSubject(subject);
  return certificate;
}

/** node:crypto makes RSA keys a hundred times faster. */
function newKeys(modulusLength: number): forge.pki.rsa.KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return {
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    publicKey: forge.pki.publicKeyFromPem(publicKey),
  };
}
