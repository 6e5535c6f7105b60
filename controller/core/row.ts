/** Rows that the core asks to be written, and what it reads back at start. */
import type { AuditAction } from "./audit-action.ts";
import type { RiskSighting } from "#shared/policy/risk.ts";
import type { Fact } from "#shared/posture/fact.ts";
import type { AccessDifference } from "#shared/policy/analysis/compare-sets.ts";
import type { Decision } from "#shared/policy/decision.ts";
import type { GrantClaims } from "#shared/grant/claims.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import type { BreakGlassOpening } from "#shared/protocol/break-glass.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { RiskBaseline } from "./risk/baseline.ts";
import type { UserRecord, UserSession } from "./person/user-record.ts";
import type { AccessRequest } from "./elevation/access-request.ts";
import type {
  DeviceRecord,
  GatewayRecord,
  NetworkRecord,
  PolicyRecord,
  ResourceRecord,
  RollOutRecord,
  ShadowRecord,
  SiteRecord,
} from "./record.ts";

/** A fact as the controller holds it, with the name of its event; `untilAt` ends its freshness on the controller's clock. */
export interface HeldFact {
  readonly fact: Fact;
  readonly untilAt: number;
  readonly epoch: string;
  readonly seq: number;
}

/** A grant that was issued; its claims are kept whole so that signing them again gives the same bytes. */
export interface GrantRow {
  readonly device: string;
  readonly gateway: string;
  readonly claims: GrantClaims;
}

/** A received posture event; `digest` is the sha256 of its canonical text (`postureEventText`). */
export interface EventRow {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly digest: string;
  readonly receivedAt: number;
  readonly event: PostureEvent;
  /** The device's own, where the event ended a batch: it stands for those before it by the chain. */
  readonly signature: string | null;
}

/** How often a policy took part in answers, and when last; null = never since `sinceAt`. */
export interface PolicyUse {
  readonly policy: string;
  readonly sinceAt: number;
  readonly matchedAt: number | null;
  readonly decisiveAt: number | null;
  readonly matched: number;
  readonly decisive: number;
}

/** How far the watch over a shadow has come; `trial` names what is watched. */
export interface TrialRow {
  readonly trial: string;
  readonly startedAt: number;
  readonly decisions: number;
}

/** What a shadow answered differently for one cause; `devices` are the newest that showed it. */
export interface DifferenceRow extends AccessDifference {
  readonly trial: string;
  readonly cause: string;
  readonly because: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly devices: readonly { readonly device: string; readonly at: number }[];
}

/** What the watch has found; rows replace those of the same name. */
export interface WatchRows {
  readonly uses: readonly PolicyUse[];
  readonly trials: readonly TrialRow[];
  readonly differences: readonly DifferenceRow[];
}

/** What decisions of one look were made from: enough to decide again, after restarts too. */
export interface DecisionSource {
  /** The `inputHash` of the decisions: sha256 of `input`. */
  readonly hash: string;
  readonly at: number;
  /** Canonical JSON of the policy input. */
  readonly input: string;
  /** The resources that were decided about, as they were. */
  readonly resources: readonly ResourceRecord[];
  /** Who said what the input holds, and when by the clock of the device. */
  readonly provenance: readonly {
    readonly signal: string;
    readonly source: string;
    readonly observedAt: number;
    readonly freshForMs: number;
  }[];
}

/** One thing to write; a list of them is one transaction. */
export type StoreWrite =
  /** Insert; where (device, epoch, seq) stands already: same digest is nothing, another digest a conflict. */
  | { readonly kind: "event"; readonly row: EventRow }
  | { readonly kind: "fact"; readonly device: string; readonly held: HeldFact }
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "decisionSource"; readonly source: DecisionSource }
  | { readonly kind: "grant"; readonly row: GrantRow }
  | {
      readonly kind: "grantEnd";
      readonly jti: string;
      readonly at: number;
      readonly because: string;
    }
  | {
      readonly kind: "accessRequest";
      readonly request: AccessRequest;
      readonly actor: string;
      readonly action: AuditAction;
    }
  /** Kept once per `jti`, however often the gateway tells of it. */
  | {
      readonly kind: "breakGlassOpened";
      readonly gateway: string;
      readonly at: number;
      readonly opening: BreakGlassOpening;
    }
  | { readonly kind: "riskSighting"; readonly device: string; readonly sighting: RiskSighting }
  | { readonly kind: "riskBaseline"; readonly device: string; readonly baseline: RiskBaseline }
  | { readonly kind: "watch"; readonly rows: WatchRows }
  /** A roll-out went on by itself; `done` puts the set in force. */
  | {
      readonly kind: "rollOutStep";
      readonly change: number;
      readonly at: number;
      readonly status: "rolling" | "halted" | "done";
      readonly ring: number;
      readonly why?: string | undefined;
    }
  | {
      readonly kind: "inventory";
      readonly identity: string;
      readonly at: number;
      readonly items: Readonly<Record<string, string>>;
    }
  | { readonly kind: "userSessionEnd"; readonly session: string; readonly at: number }
  | {
      readonly kind: "identityLeft";
      readonly role: "device" | "gateway";
      readonly identity: string;
      readonly at: number;
    }
  | { readonly kind: "seen"; readonly identity: string; readonly at: number }
  | {
      readonly kind: "audit";
      readonly at: number;
      readonly actor: string;
      readonly action: AuditAction;
      readonly subject: string;
      readonly detail: Readonly<Record<string, string | number | boolean>>;
    };

/** An event that the store holds with another digest. */
export interface EventConflict {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

/** What a committed transaction tells. */
export interface WriteResult {
  readonly conflicts: readonly EventConflict[];
}

/** Highest contiguous durable event of a device's epoch, with its digest. */
export interface LedgerRow {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly digest: string;
}

/** Everything the core starts from. `grants` are those not ended and not expired; `epoch` (hex32) changes on restore. */
export interface StoredState {
  readonly trustDomain: string;
  readonly epoch: string;
  readonly network: NetworkRecord;
  readonly sites: readonly SiteRecord[];
  readonly gateways: readonly GatewayRecord[];
  readonly devices: readonly DeviceRecord[];
  readonly resources: readonly ResourceRecord[];
  readonly policy: PolicyRecord | null;
  readonly intel: OsIntelBundle | null;
  readonly facts: readonly { readonly device: string; readonly held: HeldFact }[];
  readonly grants: readonly GrantRow[];
  /** Access requests that wait and elevations that count. */
  readonly requests: readonly AccessRequest[];
  readonly baselines: readonly { readonly device: string; readonly baseline: RiskBaseline }[];
  /** What was seen of devices in the last 60 days, oldest first. */
  readonly sightings: readonly { readonly device: string; readonly sighting: RiskSighting }[];
  readonly ledgers: readonly LedgerRow[];
  readonly users?: readonly UserRecord[] | undefined;
  readonly userSessions?: readonly UserSession[] | undefined;
  /** What gateways told of openings by break-glass. */
  readonly openings?: readonly { readonly gateway: string; readonly jti: string }[] | undefined;
  readonly rollOut?: RollOutRecord | null | undefined;
  readonly shadow?: ShadowRecord | null | undefined;
  readonly watch?: WatchRows | undefined;
}
