/** Randomness and digests; all synchronous. */
export interface Crypto {
  randomBytes(count: number): Uint8Array;
  sha256Hex(text: string): string;
  /** base64url of the SHA-256 over the decoded bytes of an enrolment secret (base64url). */
  secretHash(secret: string): string;
  /** HKDF-SHA256(`pskSecret`, salt = the device's public key bytes, info `sallyport-psk`), 32 bytes in base64. */
  presharedKey(pskSecret: string, devicePublicKey: string): string;
  /** RFC 7638 thumbprint (base64url) of a WireGuard key as OKP/X25519. */
  wireguardThumbprint(publicKey: string): string;
}
