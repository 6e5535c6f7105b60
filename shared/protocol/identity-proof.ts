/**
 * Returns the text that a device-management identity signs to join. It names the new device's own keys,
 * so that a signature that was overheard admits nobody else, and the challenge, so that it works once.
 */
export function identityProofText(request: {
  readonly challenge: string;
  readonly csr: string;
  readonly wgPublicKey: string;
}): string {
  const { challenge, csr, wgPublicKey } = request;
  return ["sallyport enrolment by identity", challenge, wgPublicKey, csr.trim()].join("\n");
}
