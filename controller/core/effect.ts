/** What the core asks of the world; effects are carried out in their order, sends before writes. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { GrantClaims, LeaseClaims } from "#shared/grant/claims.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { GatewayDesired, TunnelDesired } from "#shared/protocol/desired.ts";
import type { SignInTicket } from "./person/sign-in-ticket.ts";
import type { StoreWrite } from "./row.ts";

/** Counters that only the core can tell apart. */
export type Tally =
  | {
      readonly name: "sallyport_events_total";
      readonly labels: { readonly result: "new" | "duplicate" | "conflict" | "refused" };
    }
  | {
      readonly name: "sallyport_decisions_total";
      readonly labels: { readonly effect: string; readonly reason: string };
    }
  | {
      readonly name: "sallyport_gateway_denied_total";
      readonly labels: { readonly reason: "ungranted" };
    }
  | {
      readonly name: "sallyport_grant_renewals_total";
      readonly labels: { readonly result: "named" | "silent" };
    };

/** An effect of the controller's machine. */
export type Effect =
  | { readonly kind: "send"; readonly link: number; readonly message: ControllerMessage }
  | {
      readonly kind: "grants";
      readonly link: number;
      readonly gateway: string;
      readonly add: readonly GrantClaims[];
      readonly remove: readonly string[];
      /** Narrowing: goes ahead of anything queued; `add` then only replaces wider grants, whose ids are `narrowed`. */
      readonly urgent: boolean;
      readonly narrowed: readonly string[];
    }
  | {
      readonly kind: "snapshot";
      readonly link: number;
      readonly epoch: string;
      readonly grants: readonly GrantClaims[];
    }
  | {
      readonly kind: "config";
      readonly link: number;
      readonly desired: TunnelDesired | GatewayDesired;
    }
  | { readonly kind: "leases"; readonly link: number; readonly claims: LeaseClaims }
  /** The link said hello and holds a trust set of this version: bring it ours, ahead of what follows. */
  | { readonly kind: "trust"; readonly link: number; readonly heldVersion: number }
  /** Gives the device's person a page to sign in at; `ref` comes back in the answer. */
  | {
      readonly kind: "signInPage";
      readonly link: number;
      readonly ref: string;
      readonly ticket: SignInTicket;
    }
  | { readonly kind: "renew"; readonly link: number; readonly csr?: string | undefined }
  | {
      readonly kind: "close";
      readonly link: number;
      readonly code: number;
      readonly reason: string;
    }
  /** One transaction; `token` comes back in `written` or `writeFailed`, null where nobody waits. */
  | {
      readonly kind: "write";
      readonly token: number | null;
      readonly writes: readonly StoreWrite[];
    }
  | { readonly kind: "alarm"; readonly subject: string; readonly error: ErrorRef }
  | { readonly kind: "tally"; readonly tally: Tally; readonly by: number };
