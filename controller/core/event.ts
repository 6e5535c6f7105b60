/** What may happen to the controller; every event is a value, time comes beside it. */
import type { ProvedIdentity } from "./session/proved-identity.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { ReportedKind } from "#shared/policy/risk-kind.ts";
import type { Door } from "./access/protection.ts";
import type { Place } from "./risk/baseline.ts";
import type { RecordChange } from "./record.ts";
import type { EventConflict } from "./row.ts";

/** An event of the controller's machine. */
export type ControllerEvent =
  /** The link was admitted by `admit` in this same state. */
  | {
      readonly kind: "linkOpened";
      readonly link: number;
      readonly identity: ProvedIdentity;
      /** Null where no database knows the address that it came from. */
      readonly place: Place | null;
    }
  /** Whoever holds the key of an identity was refused: a proof out of date, or for another. */
  | { readonly kind: "proofRefused"; readonly identity: string }
  /** An identity provider, an EDR or a person tells of something. */
  | {
      readonly kind: "riskReported";
      readonly devices: readonly string[];
      readonly sighting: ReportedKind;
      readonly detail: string;
    }
  | { readonly kind: "linkClosed"; readonly link: number }
  | {
      readonly kind: "received";
      readonly link: number;
      readonly message: AgentMessage;
      /** Whether a report's signature over its head verified with the link's own key. */
      readonly signed: boolean;
    }
  /** The gateway answered a `grants` or `snapshot` message; `jtis` are those it was told to hold. */
  | {
      readonly kind: "grantsApplied";
      readonly link: number;
      readonly jtis: readonly string[];
      readonly result: "ok" | "partial" | "failed";
      readonly errors?: readonly ErrorRef[];
    }
  | {
      readonly kind: "written";
      readonly token: number;
      readonly conflicts: readonly EventConflict[];
    }
  | { readonly kind: "writeFailed"; readonly token: number; readonly error: ErrorRef }
  | { readonly kind: "recordsChanged"; readonly changes: readonly RecordChange[] }
  | {
      readonly kind: "certificateRenewed";
      readonly identity: string;
      readonly spkiHex: string;
      readonly endsAt: number;
    }
  | { readonly kind: "recheckAsked"; readonly device: string; readonly signals: readonly string[] }
  /** Where agents find the controllers. */
  | { readonly kind: "doorsMoved"; readonly doors: readonly Door[] }
  /** The time of `nextDeadline` came. */
  | { readonly kind: "tick" };
