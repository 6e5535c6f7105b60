/** Who this machine is to its controller; private keys are never part of it. */
export interface Identity {
  readonly id: string;
  readonly role: Role;
  readonly trustDomain: string;
  /** wss URLs in the order of preference. */
  readonly controllers: readonly string[];
  readonly wgPublicKey: string;
  readonly certificate: Validity;
  /** The signed trust set, carried to netd unread. */
  readonly trust: Readonly<Record<string, unknown>>;
}

/** What the agent is on this machine. */
export type Role = "device" | "gateway";

/** Time in which a certificate is valid, by the controller's clock, in ms since the epoch. */
export interface Validity {
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
}

/** What the agent knows of the machine it runs on; constant while the process lives. */
export interface Host {
  readonly agentVersion: string;
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: string;
  readonly hostname: string;
  readonly bootId: string;
  readonly role: Role;
}
