/** Everything that may happen to the agent. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { EnrolmentOutcome } from "./enrolment.ts";
import type { Denied } from "./gateway/denied.ts";
import type { Identity, Validity } from "./identity.ts";
import type { Settings } from "./settings.ts";
import type { LocalRequest, Peer } from "./local/request.ts";
import type { NetdAnswer, NetdNotice, NetdTopic } from "./netd.ts";
import type { CollectAnswer } from "./posture/collection.ts";

/** Events of the link to the controller; `connection` says which connection they belong to. */
export type ControllerLinkEvent =
  | { readonly kind: "linkOpened"; readonly connection: number }
  | { readonly kind: "linkHeard"; readonly connection: number }
  | {
      readonly kind: "linkClosed";
      readonly connection: number;
      readonly code: number;
      readonly error: ErrorRef | null;
    }
  | {
      readonly kind: "frame";
      readonly connection: number;
      readonly message: ControllerMessage;
      /** Version inside a `config`, read without verifying: for reports only. */
      readonly configVersion: number;
    }
  | { readonly kind: "frameRefused"; readonly connection: number; readonly error: ErrorRef };

/** Events of netd and of the way to it. */
export type NetdEvent =
  | {
      readonly kind: "netdReady";
      readonly wireguard: "kernel" | "userspace" | "none";
      /** Why it is "none", where that is no fault of the machine. */
      readonly why?: string | undefined;
      /** As Go names it. */
      readonly os?: string;
      /** Of the configuration that netd kept across restarts; 0 where it holds none. */
      readonly configVersion: number;
      /** State files of netd that could not be read. */
      readonly setAside?: readonly string[];
    }
  | { readonly kind: "netdLost"; readonly because: ErrorRef }
  | { readonly kind: "netdAnswered"; readonly topic: NetdTopic; readonly answer: NetdAnswer }
  /** `endpoint` comes with events about a peer. */
  | {
      readonly kind: "netdNoticed";
      readonly name: NetdNotice;
      readonly what: string;
      readonly endpoint?: string | undefined;
      /** Comes with `denied` where netd knows whose packets they were. */
      readonly denied?: Denied | undefined;
    };

/** Events of identity and disk. */
export type IdentityEvent =
  /** `epoch`: 32 hex characters drawn for this membership. */
  | { readonly kind: "enrolled"; readonly identity: Identity; readonly epoch: string }
  | { readonly kind: "enrolmentAnswered"; readonly outcome: EnrolmentOutcome }
  | { readonly kind: "certificateStored"; readonly certificate: Validity }
  | { readonly kind: "lateRenewalFailed"; readonly error: ErrorRef }
  | { readonly kind: "trouble"; readonly topic: string; readonly error: ErrorRef | null };

/** Events of local users. */
export type LocalEvent =
  | {
      readonly kind: "asked";
      readonly client: number;
      readonly id: number;
      readonly peer: Peer;
      readonly request: LocalRequest;
    }
  | { readonly kind: "clientGone"; readonly client: number };

/** Everything that may happen to the agent. */
export type AgentEvent =
  | {
      readonly kind: "started";
      readonly enrolling: boolean;
      /** It is by a key of device management. */
      readonly managed?: boolean;
      readonly spoolCorrupt: boolean;
    }
  | { readonly kind: "stopping" }
  | { readonly kind: "settingsRead"; readonly settings: Settings }
  | { readonly kind: "collected"; readonly answer: CollectAnswer }
  | { readonly kind: "signalsChanged"; readonly signals: readonly string[] }
  /** What the collector says of the hardware; null where it failed. */
  | { readonly kind: "inventoried"; readonly raw: Readonly<Record<string, unknown>> | null }
  | { readonly kind: "tick" }
  | ControllerLinkEvent
  | NetdEvent
  | IdentityEvent
  | LocalEvent;
