/**
 * The closed list of long computations over policies. They run in a thread of their own, so that no
 * removal ever waits for a plan; the thread reads the store and writes nothing.
 */
import { CodedError } from "#shared/base/coded-error.ts";
import { type Moment, type Plan, planChange } from "#shared/policy/analysis/plan.ts";
import { makePastPlan, type PastPlan } from "#shared/policy/analysis/past-plan.ts";
import { pastInputs } from "#shared/policy/analysis/past-inputs.ts";
import { ringOf } from "#shared/policy/analysis/roll-out.ts";
import type { LintOptions } from "#shared/policy/analysis/lint-options.ts";
import { diffDocuments, type DocumentChange } from "#shared/policy/analysis/document-diff.ts";
import { decideReach } from "#shared/policy/decide.ts";
import type { Effect, Unmet } from "#shared/policy/decision.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import { unmetOf } from "#shared/policy/explain.ts";
import type { FactView, Input } from "#shared/policy/input.ts";
import { documentsOf } from "../../core/access/policy-in-force.ts";
import { judgeFacts } from "../../core/verdict/judged-facts.ts";
import { listResources, listSites } from "../store/queries/list.ts";
import { storedIntel } from "../store/queries/load.ts";
import { recordedFacts } from "../store/queries/recorded.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { checkSet, type SetChecked } from "./check-set.ts";
import {
  compileStored,
  type DocumentFile,
  inventoryOf,
  type Pools,
  readSet,
  type SetRead,
} from "./read-set.ts";

/** Files to read as a set. */
export interface ReadSetOrder {
  readonly files: readonly DocumentFile[];
  readonly pools: Pools;
  readonly nowAt: number;
}

async function readFiles(db: StoreReader, order: ReadSetOrder): Promise<SetRead> {
  const inventory = inventoryOf(await listResources(db), await listSites(db));
  return readSet(order.files, { ...order, inventory });
}

/** A device to plan for. */
export interface PlannedDevice {
  readonly device: string;
  readonly owner?: string | undefined;
  readonly watched: readonly string[];
  readonly supposed?: string | undefined;
  readonly input: Input;
}

/** Devices of one plan; they come in several orders, so that nobody waits for a long copy. */
export interface DevicesOrder {
  readonly job: string;
  readonly devices: readonly PlannedDevice[];
}

const jobs = new Map<string, PlannedDevice[]>();
/** A job whose plan never came is forgotten when so many are newer. */
const jobsMax = 4;

function keepDevices(_: StoreReader, { job, devices }: DevicesOrder): Promise<null> {
  const kept = jobs.get(job) ?? [];
  jobs.set(job, kept);
  kept.push(...devices);
  const [oldest] = jobs.keys();
  if (jobs.size > jobsMax && oldest !== undefined) jobs.delete(oldest);
  return Promise.resolve(null);
}

/** Stored documents of the set in force (null = none) and of the one planned, with how far to look back. */
export interface PlanOrder {
  readonly job: string;
  /** How many devices were handed over. */
  readonly devices: number;
  readonly before: string | null;
  readonly after: string;
  readonly pastSinceAt: number | null;
  readonly changesMax: number;
}

/** A plan over the devices as they are and over their past, with what differs in the documents. */
export interface PlanMade {
  readonly plan: Plan;
  readonly past: PastPlan | null;
  readonly documents: readonly DocumentChange[];
}

async function planOver(db: StoreReader, order: PlanOrder): Promise<PlanMade> {
  const { job, before, after, pastSinceAt, changesMax } = order;
  const devices = jobs.get(job) ?? [];
  jobs.delete(job);
  // Too many plans at once, or this thread is new: a plan over some of the devices would deceive.
  if (devices.length !== order.devices) throw new CodedError("SP-801", { doing: "plan.make" });
  const inventory = inventoryOf(await listResources(db), await listSites(db));
  const [old, next] = [documentsIn(before), documentsIn(after)];
  const sets = { before: compileStored(old, inventory), after: compileStored(next, inventory) };
  const rings = next.flatMap((document) => document.rings ?? []);
  const moments = devices.map(({ owner, ...rest }): Moment => {
    return { ...rest, user: owner, ring: ringOf(rings, rest.input.device.groups) };
  });
  const plan = planChange(sets, moments, { changesMax });
  const past = makePastPlan(sets, { changesMax });
  const intel = (await storedIntel(db))?.bundle ?? null;
  const judge = (facts: Map<string, FactView>, at: number) => judgeFacts(facts, intel, at);
  for (const moment of pastSinceAt === null ? [] : moments) {
    if (moment.supposed !== undefined) continue;
    const recorded = await recordedFacts(db, moment.device);
    for (const input of pastInputs(moment.input, recorded, { sinceAt: pastSinceAt ?? 0, judge })) {
      past.add({ ...moment, input });
    }
  }
  return {
    plan,
    past: pastSinceAt === null ? null : past.result(),
    documents: diffDocuments(old, next),
  };
}

function documentsIn(body: string | null): readonly PolicyDocument[] {
  return documentsOf(body === null ? null : { body });
}

/** A request to try against a set; all resources where none is named. */
export interface SimulationOrder {
  readonly body: string | null;
  readonly input: Input;
  readonly resource?: string | undefined;
}

/** One answer of a simulation, as an administrator sees it. */
export interface SimulatedAnswer {
  readonly resource: string;
  readonly effect: Effect;
  readonly determinedBy: readonly string[];
  readonly record: boolean;
  readonly leaseSeconds: number;
  readonly validUntilAt: number;
  readonly unmet: readonly Unmet[];
}

async function simulate(
  db: StoreReader,
  order: SimulationOrder,
): Promise<readonly SimulatedAnswer[]> {
  const inventory = inventoryOf(await listResources(db), await listSites(db));
  const set = compileStored(documentsIn(order.body), inventory);
  return decideReach(set, order.input)
    .filter(({ resource }) => order.resource === undefined || resource === order.resource)
    .map(({ resource, effect, determinedBy, obligations, leaseSeconds, validUntilAt }) => ({
      resource,
      effect,
      determinedBy,
      record: obligations.record,
      leaseSeconds,
      validUntilAt,
      unmet: effect === "allow" ? [] : unmetOf(set, order.input, resource),
    }));
}

/** Documents to judge, with what their controller knows of subjects and of the use of rules. */
export type CheckOrder = ReadSetOrder & Pick<LintOptions, "usage" | "subjects" | "author">;

async function check(db: StoreReader, order: CheckOrder): Promise<SetChecked> {
  const inventory = inventoryOf(await listResources(db), await listSites(db));
  return checkSet(order.files, { ...order, inventory });
}

/** What the analyst's thread can be asked, by name. */
export const analysisOperations = {
  "set.check": check,
  "set.read": readFiles,
  "devices.keep": keepDevices,
  "plan.make": planOver,
  "set.simulate": simulate,
};
