import type { ClientLeaf } from "./client-leaf.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { Enrolment } from "./enrolment.ts";

/** What the hub tells the loop; calls come one at a time and must return fast. */
export interface HubListener {
  /** Asked at each connection; `refused` closes with the code after the handshake. */
  admit(link: number, leaf: ClientLeaf, remoteAddress: string): Admission;
  received(link: number, message: AgentMessage, batchVerified: boolean): void;
  closed(link: number, code: number): void;
  /** A malformed or unknown message; the hub itself closes at its limit. */
  malformed(link: number, error: ErrorRef): void;
  /** The link's socket took what it held back. */
  drained(link: number): void;
  readonly enrolment: Enrolment;
}

/** Whether a client certificate may have a link. */
export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused"; readonly closeCode: number; readonly error: ErrorRef };

/** The agents' port. */
export interface Hub {
  /** Binds and listens; resolves with the port bound. */
  listen(listener: HubListener): Promise<number>;
  /** Returns false while the socket holds back more than its high-water mark; the frame is taken all the same. */
  send(link: number, message: ControllerMessage): boolean;
  close(link: number, code: number, reason: string): void;
  /** Closes every link with 4503 and the port. */
  stop(): Promise<void>;
}
