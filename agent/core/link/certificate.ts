import type { Validity } from "../identity.ts";

/** Returns when renewal is due: at half-life, by the controller's clock. */
export function renewalDueAt(certificate: Validity): number {
  return certificate.notBeforeAt + (certificate.notAfterAt - certificate.notBeforeAt) / 2;
}

/** Tells whether the certificate is over and only late renewal can mend it. */
export function certificateOver(certificate: Validity, serverAt: number): boolean {
  return serverAt >= certificate.notAfterAt;
}
