/**
 * The controller's whole state. Its maps are changed in place by the core and by nobody else
 * (docs/decisions/0007): copying them at each event would cost 10,000 devices' worth of memory.
 */
import type { Decision, Reason } from "#shared/policy/decision.ts";
import type { Input } from "#shared/policy/input.ts";
import type { GrantClaims } from "#shared/grant/claims.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import type { CloneWatch } from "./admission/clone-watch.ts";
import type { PolicyInForce } from "./access/policy-in-force.ts";
import type { Flap, ReopenHold } from "./access/flap.ts";
import type { ForeignTargets } from "./access/foreign-targets.ts";
import type { Look } from "./access/look.ts";
import type { Door, Protection } from "./access/protection.ts";
import type { DeviceRisk } from "./risk/device-risk.ts";
import type { HeldRequest } from "./elevation/held-request.ts";
import type { AccessRequest } from "./elevation/access-request.ts";
import type { UserRecord, UserSession } from "./person/user-record.ts";
import type { DeadlineQueue } from "./deadline-queue.ts";
import type {
  DeviceRecord,
  GatewayRecord,
  NetworkRecord,
  ResourceRecord,
  SiteRecord,
} from "./record.ts";
import type { HeldFact } from "./row.ts";
import type { Link } from "./session/link.ts";
import type { RollOutState } from "./roll-out/roll-out-state.ts";
import type { ShadowSet, WatchState } from "./watch/watch.ts";
import type { Ledger } from "./verdict/ledger.ts";

/** What one gateway was told about one device. */
export interface Permit {
  /** What the gateway holds or is about to hold; null = nothing. */
  live: GrantClaims | null;
  /** Resources whose opening the gateway confirmed. */
  applied: ReadonlySet<string>;
  /** A wider grant on its way to the disk; sent when `token` comes back. */
  writing: { readonly claims: GrantClaims; readonly token: number } | null;
  /** When the gateway last got a lease for `live`. */
  leasedAt: number;
  /** The gateway refused it, perhaps because it ended there before the disk knew: issue it anew. */
  doubted: boolean;
  doubtedAt: number;
}

/** Facts as decisions see them, with what they were made from. */
export interface FactViews {
  readonly facts: Input["facts"];
  readonly heldUntilAt: number;
  readonly intel: OsIntelBundle | null;
  readonly judgedAt: number;
}

/** What is known of a device's posture. */
export interface Posture {
  readonly facts: Map<string, HeldFact>;
  readonly ledgers: Map<string, Ledger>;
  /** The spool that the device writes now. */
  epoch: string;
  /** sha256 of the readings, or null after a change. */
  digest: string | null;
  /** The facts as decisions saw them last, or null after a change; never changed once made. */
  views: FactViews | null;
  lastBeatAt: number;
  recheckedAt: number;
}

/** A device with all that follows from it. */
export interface DeviceState {
  record: DeviceRecord;
  readonly posture: Posture;
  readonly clones: CloneWatch;
  link: Link | null;
  certificateEndsAt: number;
  /** Until then facts and grants from before a restart stand, and nothing new opens. */
  recoveringUntilAt: number;
  readonly decisions: Map<string, Decision>;
  /** What the last evaluation saw; null = evaluate. */
  look: Look | null;
  readonly flaps: Map<string, Flap>;
  readonly permits: Map<string, Permit>;
  /** Allowed resources for which no grant had room at the last evaluation, with the reason. */
  leftOut: ReadonlyMap<string, Reason>;
  /** Digests of the sets of those that an alarm has told. */
  readonly toldOf: Set<string>;
  readonly risk: DeviceRisk;
  /** Who is signed in on it. */
  session: UserSession | null;
  /** Access requests that wait and elevations that count, by id. */
  readonly requests: Map<string, HeldRequest>;
  configVersion: number;
  /** Content of the last config sent on this link. */
  sentConfig: string;
  sentVerdict: string;
  verdictVersion: number;
}

/** A gateway with the grants that name it. */
export interface GatewayState {
  record: GatewayRecord;
  readonly posture: Posture;
  readonly clones: CloneWatch;
  link: Link | null;
  certificateEndsAt: number;
  /** Device of each live grant. */
  readonly holders: Map<string, string>;
  configVersion: number;
  sentConfig: string;
  lastLeaseIatMs: number;
  grantVersion: number;
}

/** Who waits for a write. */
export type Awaiting =
  | {
      readonly kind: "accessRequest";
      readonly link: number;
      readonly ref: string;
      readonly request: AccessRequest;
    }
  | {
      readonly kind: "events";
      readonly identity: string;
      readonly epoch: string;
      readonly seqs: readonly number[];
      readonly gaps: readonly { readonly from: number; readonly to: number }[];
    }
  | {
      readonly kind: "opening";
      readonly device: string;
      readonly grants: readonly { readonly gateway: string; readonly claims: GrantClaims }[];
    };

/** The whole state; one per tenant. */
export interface ControllerState {
  readonly trustDomain: string;
  readonly epoch: string;
  network: NetworkRecord;
  readonly sites: Map<string, SiteRecord>;
  readonly gateways: Map<string, GatewayState>;
  readonly devices: Map<string, DeviceState>;
  readonly resources: Map<string, ResourceRecord>;
  readonly users: Map<string, UserRecord>;
  /** The set in force; in a roll-out the devices of the first rings have another (`policyOf`). */
  policy: PolicyInForce;
  /** What vendors published; null = no bundle was imported. */
  intel: OsIntelBundle | null;
  rollOut: RollOutState | null;
  /** Openings by break-glass that gateways told of, as `gateway jti`: they tell them at each connection. */
  readonly openingsTold: Set<string>;
  shadow: ShadowSet | null;
  readonly watch: WatchState;
  /** Addresses of the controllers themselves. */
  doors: readonly Door[];
  readonly reopenHold: ReopenHold;
  protection: Protection;
  foreign: ForeignTargets;
  readonly links: Map<number, Link>;
  readonly deadlines: DeadlineQueue;
  /** Devices to evaluate again, in slices. */
  readonly dirty: Set<string>;
  readonly awaiting: Map<number, Awaiting>;
  nextToken: number;
}
