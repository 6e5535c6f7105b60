/** What was proved about the other end of a link by its handshake. */
export interface ProvedIdentity {
  readonly role: "device" | "gateway";
  readonly id: string;
  readonly certificateEndsAt: number;
  readonly remoteAddress: string;
}
