/** Everything the agent may ask of the world, and the frame of a transition's answer. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Fact } from "#shared/posture/fact.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { Credential } from "./enrolment.ts";
import type { Batch } from "./link/batch.ts";
import type { LinkEffect } from "./link/link.ts";
import type { Owner } from "./local/signed-in.ts";
import type { SpooledEvent } from "./link/outbox.ts";
import type { NetdRequest, NetdTopic } from "./netd.ts";
import type { CollectRequest } from "./posture/collection.ts";
import type { AgentState } from "./state.ts";
import type { Recalled } from "./tunnel/tunnel.ts";

/** Everything the agent may ask of the world; carried out in order, none waits for another. */
export type AgentEffect =
  | Exclude<LinkEffect, { kind: "greet" | "beat" | "askRenewal" }>
  | { readonly kind: "send"; readonly connection: number; readonly message: AgentMessage }
  | { readonly kind: "report"; readonly connection: number; readonly batch: Batch }
  | { readonly kind: "storeCertificate"; readonly chain: readonly string[] }
  | { readonly kind: "storeTrust"; readonly set: Readonly<Record<string, unknown>> }
  | { readonly kind: "netd"; readonly request: NetdRequest; readonly topic: NetdTopic }
  | { readonly kind: "collect"; readonly request: CollectRequest }
  | { readonly kind: "inventory" }
  | { readonly kind: "spool"; readonly append: readonly SpooledEvent[] }
  | { readonly kind: "unspool"; readonly names: readonly Name[]; readonly upTo: Name | null }
  | { readonly kind: "saveWish"; readonly wish: "up" | "down" }
  | { readonly kind: "keepOwner"; readonly owner: Owner | null }
  | { readonly kind: "keepVerdict"; readonly recalled: Recalled | null }
  | { readonly kind: "enrol"; readonly by: Credential | null }
  | { readonly kind: "forgetIdentity" }
  /** Logs both texts of a signal that turned good right after a denial; only the adapter holds them. */
  | { readonly kind: "noteTurn"; readonly signal: string }
  /** Answers a local user with the raw text that a signal stands on, which only the adapter holds. */
  | {
      readonly kind: "answerEvidence";
      readonly client: number;
      readonly id: number;
      readonly fact: Fact;
    }
  /** Answers a local user with what was said to the controller. */
  | {
      readonly kind: "answerPrivacy";
      readonly client: number;
      readonly id: number;
      readonly asked: {
        readonly sinceAt: number;
        readonly untilAt: number | undefined;
        readonly skip: number | undefined;
      };
    }
  | {
      readonly kind: "answer";
      readonly client: number;
      readonly id: number;
      readonly answer: LocalAnswer;
    };

/** Name of an event in the spool. */
export interface Name {
  readonly epoch: string;
  readonly seq: number;
}

/** Answer to a local request; `body` is plain JSON. */
export type LocalAnswer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: ErrorRef };

/** Answer of a transition. */
export interface Step {
  readonly state: AgentState;
  readonly effects: readonly AgentEffect[];
}

/** Returns the step that changes nothing. */
export function still(state: AgentState): Step {
  return { state, effects: [] };
}

/** Returns the step that goes on where another ended; effects keep their order. */
export function after(step: Step, next: (state: AgentState) => Step): Step {
  const following = next(step.state);
  if (following.effects.length === 0) return { state: following.state, effects: step.effects };
  return { state: following.state, effects: [...step.effects, ...following.effects] };
}

/** Returns the state with a trouble raised (an error) or cleared (null). */
export function withWarning(state: AgentState, topic: string, error: ErrorRef | null): AgentState {
  if (error === null) {
    if (!(topic in state.warnings)) return state;
    const { [topic]: _, ...warnings } = state.warnings;
    return { ...state, warnings };
  }
  return { ...state, warnings: { ...state.warnings, [topic]: error } };
}
