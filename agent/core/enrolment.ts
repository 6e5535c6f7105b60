/**
 * Joining a controller. The steps with keys and sockets are effects; this only decides when to ask.
 *
 *    none ──enrol(key)──> asking ──201──> joined
 *     ^                    │  ^ └──202──> pending ──time──> asking
 *     └──── refused ───────┘  └── unreachable while pending: later again
 */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Secret } from "#shared/base/secret.ts";
import type { Deadline, Moment } from "./moment.ts";

/** By what a machine joins; secrets are wrapped so that they never reach a log. */
export type Credential =
  | { readonly kind: "key"; readonly key: Secret<string>; readonly managed?: boolean }
  /** A PKCS#12 file (base64) of device management, and the controller that it is shown to. */
  | {
      readonly kind: "identity";
      readonly file: Secret<string>;
      readonly password: Secret<string>;
      readonly controller: string;
      readonly rootPin: string;
    };

/** Where joining stands. */
export type EnrolmentState =
  | { readonly kind: "none" }
  | { readonly kind: "asking"; readonly wasPending: boolean; readonly managed: boolean }
  | { readonly kind: "pending"; readonly retryAtMs: number; readonly managed: boolean }
  | { readonly kind: "joined" };

/** How the controller, or the way to it, answered. */
export type EnrolmentOutcome =
  | { readonly kind: "pending"; readonly retryAfterSeconds: number }
  | { readonly kind: "failed"; readonly error: ErrorRef; readonly final: boolean };

const retryMs = 30_000;

/** Returns where joining stands after an answer that did not yet make us a member. */
export function afterOutcome(
  state: EnrolmentState,
  outcome: EnrolmentOutcome,
  now: Moment,
): EnrolmentState {
  const managed = state.kind === "asking" && state.managed;
  if (outcome.kind === "pending") {
    const retryAtMs = now.monotonicMs + outcome.retryAfterSeconds * 1000;
    return { kind: "pending", retryAtMs, managed };
  }
  const wasPending = state.kind === "asking" && state.wasPending;
  return wasPending && !outcome.final
    ? { kind: "pending", retryAtMs: now.monotonicMs + retryMs, managed }
    : { kind: "none" };
}

/** Returns when the controller is asked again whether an administrator has approved. */
export function enrolmentDeadline(state: EnrolmentState): Deadline | null {
  return state.kind === "pending" ? { at: state.retryAtMs, reason: "ask for approval" } : null;
}
