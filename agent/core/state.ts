/** The agent's whole memory, and what it is called with. */

import type { Begun, Owner, SignedIn } from "./local/signed-in.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { CourierState } from "./gateway/courier.ts";
import type { Denied } from "./gateway/denied.ts";
import type { EnrolmentState } from "./enrolment.ts";
import type { Host, Identity } from "./identity.ts";
import { type InventoryState, noInventory } from "./inventory-state.ts";
import { type LinkState, stoppedLink } from "./link/link.ts";
import { type Digest, openOutbox, type Outbox, type SpoolContent } from "./link/outbox.ts";
import type { Moment } from "./moment.ts";
import { createPosture, setChecking } from "./posture/posture.ts";
import type { PostureState } from "./posture/posture-state.ts";
import type { Denials } from "./posture/quick-turn.ts";
import type { RefusedReport } from "./refused-names.ts";
import type { Settings } from "./settings.ts";
import type { Judged } from "./tunnel/verdict.ts";
import {
  type Recalled,
  signedOutTunnel,
  type TunnelState,
  tunnelTransition,
} from "./tunnel/tunnel.ts";

/** Parts of the agent's memory, each moved by its own machine. */
export interface AgentState {
  readonly host: Host;
  readonly settings: Settings;
  readonly identity: Identity | null;
  readonly enrolment: EnrolmentState;
  readonly link: LinkState;
  readonly outbox: Outbox;
  readonly refused: RefusedReport | null;
  readonly tunnel: TunnelState;
  /** What the verdict that the tunnel holds found good. */
  readonly judged: Judged;
  readonly courier: CourierState;
  readonly posture: PostureState;
  /** Troubles that people must see, by topic; each is raised and cleared by one place. */
  readonly warnings: Readonly<Record<string, ErrorRef>>;
  /** Local requests that are still answered: watchers, and the one who enrols. */
  readonly watchers: readonly Asker[];
  readonly enroller: Asker | null;
  /** Who asked something of the controller and has no answer yet, by the name of the asking. */
  readonly askers: Readonly<Record<string, Asker>>;
  readonly signedIn: SignedIn;
  /** The local user whose sign-in it is. */
  readonly owner: Owner | null;
  readonly begun: Begun | null;
  readonly recheckedMs: number | null;
  readonly reportedAt: number | null;
  readonly observedMs: number | null;
  readonly tamperedMs: number | null;
  /** Signals that the last verdict does not let pass. */
  readonly denials: Denials;
  /** Since when the tunnel is down by somebody's wish. */
  readonly downMs: number | null;
  readonly inventory: InventoryState;
  /** Of the gateway that does not answer by UDP. */
  readonly silentEndpoint: string | null;
  readonly denied: readonly Denied[];
}

/** A local request by its connection and its number there. */
export interface Asker {
  readonly client: number;
  readonly id: number;
}

/** What a transition is called with beside state and event. */
export interface Context {
  readonly now: Moment;
  readonly digest: Digest;
}

/** What the agent finds when it starts. */
export interface Start {
  readonly host: Host;
  readonly settings: Settings;
  readonly identity: Identity | null;
  /** An enrolment that waited for approval when the agent stopped. */
  readonly enrolling: boolean;
  readonly enrollingManaged?: boolean;
  readonly wish: "up" | "down";
  readonly owner: Owner | null;
  /** What the controller said to a former process; counts for the same membership and boot alone. */
  readonly recalled: Recalled | null;
  /** 32 hex characters, drawn anew at every start. */
  readonly epoch: string;
  readonly spool: SpoolContent;
  readonly warnings: Readonly<Record<string, ErrorRef>>;
}

/** Returns the memory at the start, before the first event. */
export function initialState(start: Start, now: Moment): AgentState {
  return {
    host: start.host,
    settings: start.settings,
    identity: start.identity,
    enrolment: { kind: start.identity === null ? "none" : "joined" },
    link: stoppedLink(),
    outbox: openOutbox(start.epoch, start.host.bootId, start.spool),
    refused: null,
    tunnel: tunnelAtStart(start, now),
    judged: start.recalled?.judged ?? {},
    courier: { kind: "aside" },
    posture: setChecking(createPosture(start.host.os, now), start.settings.postureChecking, now),
    warnings: start.warnings,
    watchers: [],
    enroller: null,
    askers: {},
    signedIn: { user: null },
    owner: start.owner,
    begun: null,
    recheckedMs: null,
    reportedAt: null,
    observedMs: null,
    tamperedMs: null,
    denials: new Map(),
    downMs: start.wish === "down" ? now.monotonicMs : null,
    inventory: noInventory(),
    silentEndpoint: null,
    denied: [],
  };
}

function tunnelAtStart({ wish, recalled, identity, host }: Start, now: Moment): TunnelState {
  const tunnel = signedOutTunnel(wish);
  if (recalled === null || recalled.device !== identity?.id) return tunnel;
  // A boot empties the kernel: nothing stands of what was open.
  if (recalled.bootId !== host.bootId) return tunnel;
  return tunnelTransition(tunnel, { kind: "recalled", recalled }, now).state;
}
