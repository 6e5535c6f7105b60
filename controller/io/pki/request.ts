/** Reads certificate requests. Only the key of a request counts: names and extensions are ignored. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { toHex } from "./encoding.ts";

/** What a request is worth: the SPKI (DER, hexadecimal) of the proved key, or why it is refused. */
export type RequestResult =
  | { readonly kind: "proved"; readonly spkiHex: string }
  | { readonly kind: "refused"; readonly why: string };

/** Checks form, curve (P-256 only) and proof of possession of a PKCS#10 request. */
export async function readRequest(pem: string): Promise<RequestResult> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
  } catch {
    return { kind: "refused", why: "the certificate request is malformed" };
  }
  if (!isP256(request.publicKey.algorithm)) {
    return { kind: "refused", why: "the key is not on the curve P-256" };
  }
  if (!(await proves(request))) {
    return { kind: "refused", why: "the request does not prove possession of its key" };
  }
  return { kind: "proved", spkiHex: toHex(request.publicKey.rawData) };
}

function isP256(algorithm: Algorithm & { readonly namedCurve?: string }): boolean {
  return algorithm.name === "ECDSA" && algorithm.namedCurve === "P-256";
}

async function proves(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    // A signature that cannot even be decoded proves nothing.
    return false;
  }
}
