/**
 * The online issuing authority: leaves for agents (at most 24 h, clientAuth, one URI SAN) and for
 * the agents' port. Names come from its caller's store, never from a request.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { fromHex, toHex } from "./encoding.ts";
import { dayMs } from "#shared/base/time-span.ts";

const agentLifeMs = dayMs;
const serverLifeMs = 90 * dayMs;
const backdateMs = 300_000;
const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";

/** A leaf as the store keeps it and the wire carries it. */
export interface IssuedLeaf {
  readonly pem: string;
  /** Hexadecimal, without leading zeros of a sign byte. */
  readonly serial: string;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
  readonly spkiHex: string;
}

/** Names of a controller's agents' port; `addresses` are DNS names and IP addresses. */
export interface ServerNames {
  readonly spiffe: string;
  readonly addresses: readonly string[];
}

/** Signs leaves with one issuing certificate. */
export interface Issuer {
  /** Issues for the identity and key that the store holds; ends with the authority at the latest. */
  issueAgent(spiffe: string, spkiHex: string, nowMs: number): Promise<IssuedLeaf>;
  /** Issues the certificate of the agents' port for 90 days at most. */
  issueServer(names: ServerNames, key: CryptoKey, nowMs: number): Promise<IssuedLeaf>;
  /** Returns ECDSA P-256/SHA-256 over UTF-8 text: r and s, 64 bytes (IEEE P1363). */
  sign(text: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** Returns an issuer over an issuing certificate and its private key. */
export function makeIssuer(certificatePem: string, privateKey: CryptoKey): Issuer {
  const authority = new x509.X509Certificate(certificatePem);
  const issue = (leaf: LeafParameters) => issueLeaf(authority, privateKey, leaf);
  return {
    issueAgent: (spiffe, spkiHex, nowMs) =>
      issue({
        publicKey: new x509.PublicKey(fromHex(spkiHex)),
        names: [{ type: "url", value: spiffe }],
        usage: clientAuth,
        nowMs,
        lifeMs: agentLifeMs,
      }),
    issueServer: (names, key, nowMs) =>
      issue({
        publicKey: key,
        names: [{ type: "url", value: names.spiffe }, ...names.addresses.map(addressName)],
        usage: serverAuth,
        nowMs,
        lifeMs: serverLifeMs,
      }),
    async sign(text) {
      const algorithm = { name: "ECDSA", hash: "SHA-256" };
      const bytes = new TextEncoder().encode(text);
      return new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, bytes));
    },
  };
}

interface LeafParameters {
  readonly publicKey: CryptoKey | x509.PublicKey;
  readonly names: x509.JsonGeneralNames;
  readonly usage: string;
  readonly nowMs: number;
  readonly lifeMs: number;
}

async function issueLeaf(
  authority: x509.X509Certificate,
  signingKey: CryptoKey,
  leaf: LeafParameters,
): Promise<IssuedLeaf> {
  // A leaf that outlived its authority would be refused by every verifier.
  const notAfterMs = Math.min(leaf.nowMs + leaf.lifeMs - backdateMs, authority.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    issuer: authority.subject,
    notBefore: new Date(leaf.nowMs - backdateMs),
    notAfter: new Date(notAfterMs),
    publicKey: leaf.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([leaf.usage], true),
      new x509.SubjectAlternativeNameExtension(leaf.names, true),
      await x509.AuthorityKeyIdentifierExtension.create(authority),
    ],
  });
  return {
    pem: certificate.toString("pem"),
    serial: certificate.serialNumber,
    notBeforeAt: certificate.notBefore.getTime(),
    notAfterAt: certificate.notAfter.getTime(),
    spkiHex: toHex(certificate.publicKey.rawData),
  };
}

function addressName(address: string): { type: "ip" | "dns"; value: string } {
  const numeric = /^[0-9.]+$/.test(address) || address.includes(":");
  return { type: numeric ? "ip" : "dns", value: address };
}
