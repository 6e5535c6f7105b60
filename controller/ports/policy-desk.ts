import type { Reason } from "#shared/policy/decision.ts";
import type { RingDefinition } from "#shared/policy/document.ts";
import type { Input } from "#shared/policy/input.ts";
import type { DeviceRecord } from "../core/record.ts";
import type { DifferenceRow, PolicyUse } from "../core/row.ts";

/** A device as policies see it; one that is not here counts as it was last seen. */
export interface DeviceInput {
  readonly device: DeviceRecord;
  readonly input: Input;
  /** What closes everything before any rule is asked, or null. */
  readonly gate: Reason | null;
}

/** Where a roll-out stands. */
export interface RollOutView {
  readonly change: number;
  readonly version: string;
  readonly status: "rolling" | "halted";
  readonly ring: number;
  readonly rings: readonly RingDefinition[];
  readonly sinceAt: number;
  readonly why: string;
  readonly devicesSeen: number;
  readonly openByOld: number;
  readonly lost: number;
  /** Of each ring that has the new set. */
  readonly lostPercent: readonly number[];
  readonly announcedPercent: number;
}

/** A watch over a shadow: `set:<version>` or `policy:<id>:<digest>`. */
export interface TrialView {
  readonly trial: string;
  readonly startedAt: number;
  readonly decisions: number;
  readonly differences: readonly DifferenceRow[];
}

/** Whom policies may name, as far as devices tell; sorted. */
export interface NamedSubjects {
  readonly groups: readonly string[];
  readonly devices: readonly string[];
  readonly tags: readonly string[];
  readonly serviceAccounts: readonly string[];
}

/** What the running loop tells about policies; all synchronous, from memory. */
export interface PolicyDesk {
  /** The devices that may hold grants. */
  devices(): readonly DeviceRecord[];
  /** By ids or names; ask for few at a time: the loop stands still meanwhile. */
  inputs(keys: readonly string[]): readonly DeviceInput[];
  /** Devices that do not count at present are among them. */
  subjects(): NamedSubjects;
  rollOut(): RollOutView | null;
  trials(): readonly TrialView[];
  uses(): readonly PolicyUse[];
}
