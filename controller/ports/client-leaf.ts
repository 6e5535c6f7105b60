/** What the hub read from a client's leaf certificate after it verified the issuer's signature itself. */
export interface ClientLeaf {
  /** The one URI SAN. */
  readonly identity: string;
  readonly spkiHex: string;
  readonly serial: string;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
}
