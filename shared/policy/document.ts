/** Policy documents as plain data (`apiVersion: sallyport/v1`); a set is made of any number of them. */
import type { Place } from "./place.ts";
import type { Condition, Operand } from "./condition.ts";
import type { RiskKind } from "./risk-kind.ts";

/** How much a resource's exposure would hurt; `high` has no offline tolerance. */
export type Sensitivity = "low" | "normal" | "high";

/** Transport of a target; `any` and `icmp` have no ports. */
export type Transport = "tcp" | "udp" | "icmp" | "any";

/** A prefix or a domain (`*.` first = every name beneath) with its ports as `n` or `n-m`; none = all. */
export interface TargetDefinition {
  readonly cidr?: string | undefined;
  readonly domain?: string | undefined;
  readonly proto: Transport;
  readonly ports: readonly string[];
  readonly at: Place;
}

/** Something that devices may reach through a site's gateways. */
export interface ResourceDefinition {
  readonly name: string;
  readonly site: string;
  readonly targets: readonly TargetDefinition[];
  readonly tags: readonly string[];
  readonly sensitivity: Sensitivity;
  readonly protected: boolean;
  readonly leaseSeconds: number;
  readonly offlineToleranceSeconds: number;
  /** Where its names may lead; absent: the prefixes of its site. */
  readonly resolvesTo?: readonly string[] | undefined;
  readonly at: Place;
}

/** A named, reusable condition over posture with a title for people. */
export interface LevelDefinition {
  readonly name: string;
  readonly title?: string | undefined;
  readonly when: Condition;
  readonly at: Place;
}

/** Kinds of session: with a signed-in user, or of the device alone. */
export const subjectTypes = ["user", "device"] as const;

/** What kind of session a policy speaks of. */
export type SubjectType = (typeof subjectTypes)[number];

/** Whom a policy speaks of: any entry matches; `*` in groups is everyone; no types = all types. */
export interface Subjects {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly devices: readonly string[];
  readonly tags: readonly string[];
  /** Accounts that machines run under; they count only while no user is signed in. */
  readonly serviceAccounts?: readonly string[] | undefined;
  readonly types: readonly SubjectType[];
}

/** What a policy speaks about: any entry matches; `*` in tags is every resource. */
export interface ResourceSelector {
  readonly names: readonly string[];
  readonly tags: readonly string[];
}

/** Strengths of a sign-in, weakest first. */
export const strengths = ["single", "mfa", "phishing_resistant"] as const;

/** Strength of a sign-in. */
export type Strength = (typeof strengths)[number];

/** What an allow asks for in return. */
export interface Requirements {
  readonly stepUp?: { readonly strength: Strength; readonly maxAgeSeconds: number } | undefined;
  readonly recordSession: boolean;
}

/** One rule; `when` absent = always. */
export interface PolicyDefinition {
  readonly id: string;
  readonly effect: "allow" | "deny";
  readonly mode: "enforce" | "shadow";
  readonly subjects: Subjects;
  readonly resources: ResourceSelector;
  readonly when?: Condition | undefined;
  readonly require: Requirements;
  readonly leaseSeconds?: number | undefined;
  readonly owner?: string | undefined;
  readonly message?: string | undefined;
  /** Set where the policy is an exception: it ends by itself. */
  readonly exception?:
    | { readonly expiresAt: number; readonly ticket: string; readonly reason?: string | undefined }
    | undefined;
  readonly tests?: readonly PolicyTest[] | undefined;
  readonly at: Place;
}

/** A test beside a policy: starting from an input that the policy matches, what changes and what comes. */
export interface PolicyTest {
  readonly given: ReadonlyMap<string, Operand | readonly string[] | null>;
  readonly resource?: string | undefined;
  readonly expect: "allow" | "stepUp" | "deny";
  readonly because?: string | undefined;
  readonly at: Place;
}

/** One step of a roll-out: the device groups that get a new set together, and how long it is watched. */
export interface RingDefinition {
  readonly name: string;
  readonly groups: readonly string[];
  readonly soakSeconds: number;
  readonly haltAbovePercent: number;
  readonly at: Place;
}

/** What one kind of sighting adds to a risk; no half-life = the usual one. */
export interface RiskWeightDefinition {
  readonly sighting: RiskKind;
  readonly points: number;
  readonly halfLifeSeconds?: number | undefined;
  readonly at: Place;
}

/** One file of a policy set. */
export interface PolicyDocument {
  readonly file: string;
  readonly resources: readonly ResourceDefinition[];
  readonly levels: readonly LevelDefinition[];
  /** Policies and exceptions. */
  readonly policies: readonly PolicyDefinition[];
  /** In roll-out order; at most one document of a set has them. */
  readonly rings?: readonly RingDefinition[] | undefined;
  readonly riskWeights?: readonly RiskWeightDefinition[] | undefined;
}
