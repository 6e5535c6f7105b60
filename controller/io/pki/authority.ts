/**
 * Makes the two authorities: an offline root, and the issuing certificate (at most a year,
 * pathlen 0) that signs everything an agent meets. It never keeps a key.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { pinOf } from "./encoding.ts";
import { makeKeyPair } from "./signing-key.ts";
import { dayMs } from "#shared/base/time-span.ts";

const rootDays = 3_650;
const issuingDays = 365;

/** An authority's certificate with its key. */
export interface Authority {
  readonly certificate: string;
  readonly keys: CryptoKeyPair;
}

/** Returns a self-signed root valid for ten years; its key is meant to be moved offline. */
export async function makeRoot(trustDomain: string, nowMs: number): Promise<Authority> {
  const keys = await makeKeyPair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ["Sallyport root"] }, { O: [trustDomain] }],
    keys,
    notBefore: new Date(nowMs - 300_000),
    notAfter: new Date(nowMs + rootDays * dayMs),
    extensions: await authorityExtensions(keys.publicKey, 1),
  });
  return { certificate: certificate.toString("pem"), keys };
}

/** Returns an issuing authority of one year, signed by the root; it can sign leaves only. */
export async function makeIssuing(root: Authority, nowMs: number): Promise<Authority> {
  const keys = await makeKeyPair();
  const issuer = new x509.X509Certificate(root.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: ["Sallyport issuing"] }, ...issuer.subjectName.toJSON().slice(1)],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: root.keys.privateKey,
    notBefore: new Date(nowMs - 300_000),
    notAfter: new Date(nowMs + issuingDays * dayMs),
    extensions: [
      ...(await authorityExtensions(keys.publicKey, 0)),
      await x509.AuthorityKeyIdentifierExtension.create(root.keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), keys };
}

/** Returns the base64url SHA-256 of a certificate's SPKI: what agents and netd pin. */
export async function certificatePin(pem: string): Promise<string> {
  return pinOf(new x509.X509Certificate(pem).publicKey.rawData);
}

async function authorityExtensions(key: CryptoKey, pathLength: number): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(key),
  ];
}
