/** Reads agents' certificates; an expired foreign one looks like an expired own one until verified here. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { toHex } from "./encoding.ts";

/** A certificate that our issuing key signed; whether it is still valid is for the caller to judge. */
export interface OwnLeaf {
  readonly spiffe: string;
  readonly serial: string;
  readonly spkiHex: string;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
}

/** Returns the leaf when the issuing key signed it and it holds exactly one URI SAN, else null. */
export async function readOwnLeaf(
  der: Uint8Array<ArrayBuffer>,
  issuingPem: string,
): Promise<OwnLeaf | null> {
  try {
    const leaf = new x509.X509Certificate(der);
    const issuing = new x509.X509Certificate(issuingPem);
    const signed = await leaf.verify({ publicKey: issuing.publicKey, signatureOnly: true });
    const names = leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
    const [only] = names;
    if (!signed || names.length !== 1 || only?.type !== "url") return null;
    return {
      spiffe: only.value,
      serial: leaf.serialNumber,
      spkiHex: toHex(leaf.publicKey.rawData),
      notBeforeAt: leaf.notBefore.getTime(),
      notAfterAt: leaf.notAfter.getTime(),
    };
  } catch {
    // Bytes that are no certificate are answered like a foreign one.
    return null;
  }
}
