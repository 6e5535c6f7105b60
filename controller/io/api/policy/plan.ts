/** Plans a change of the set in force; the computing is the analyst's, the devices come from the loop. */
import { createHash, randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Plan } from "#shared/policy/analysis/plan.ts";
import type { PolicyRecord } from "../../../core/record.ts";
import type { DeviceInput } from "../../../ports/policy-desk.ts";
import type { PlanMade, PlannedDevice } from "../../analysis/operations.ts";
import type { Actor } from "../actor.ts";
import type { ApiContext } from "../context.ts";
import type { Candidate } from "./source.ts";
import { dayMs } from "#shared/base/time-span.ts";

/** So few at once that no removal waits for the copy. */
const devicesAtOnce = 50;
/** Devices of this group are administrators', whoever owns them. */
const administratorsGroup = "admins";
const userPrefix = "usr_";

/** A plan with its name. */
export interface NamedPlan extends PlanMade {
  readonly hash: string;
}

/** Plans `candidate` against the set in force; `days` of the past are looked at, 0 = none. */
export async function makePlan(
  context: ApiContext,
  order: {
    readonly candidate: Pick<Candidate, "policy">;
    readonly active: PolicyRecord | null;
    /** Whose own access is watched. */
    readonly actor: Pick<Actor, "admin" | "name">;
    readonly days: number;
    readonly changesMax: number;
  },
): Promise<NamedPlan> {
  const { candidate, active, actor, days, changesMax } = order;
  const job = randomUUID();
  const devices = await handOver(context, job, actor);
  const made = await context.analyst.ask("plan.make", {
    job,
    devices,
    before: active?.body ?? null,
    after: candidate.policy.body,
    pastSinceAt: days === 0 ? null : context.clock.nowAt() - days * dayMs,
    changesMax,
  });
  return { ...made, hash: planHash(active, candidate.policy) };
}

/** A plan is named by what it leads from and to: where either is another now, it is out of date. */
export function planHash(active: PolicyRecord | null, next: PolicyRecord): string {
  const text = `${active?.version ?? "none"} ${next.version}`;
  return createHash("sha256").update(text).digest("hex");
}

/** Returns what each ring is said to lose, in percent of what it has. */
export function announcedPercent({ rings }: Plan): readonly number[] {
  return rings.map(({ open, lost }) => (open === 0 ? 0 : (lost * 100) / open));
}

/** Returns how many accesses each ring has. */
export function ringOpen({ rings }: Plan): readonly number[] {
  return rings.map(({ open }) => open);
}

/** Returns how many moments were handed over. */
async function handOver(
  context: ApiContext,
  job: string,
  actor: Pick<Actor, "admin" | "name">,
): Promise<number> {
  const { desk, analyst, store, clock } = context;
  const tokens = await store.read("token.live", clock.nowAt());
  const administrators = new Set(
    tokens
      .filter(({ role }) => role === "admin")
      .flatMap(({ admin, adminName }) => [admin, adminName]),
  );
  const { names: authors } = await store.read("person.find", actor.admin);
  const ids = desk.devices().map(({ id }) => id);
  let count = 0;
  for (let from = 0; from < ids.length; from += devicesAtOnce) {
    const inputs = desk.inputs(ids.slice(from, from + devicesAtOnce));
    const devices: PlannedDevice[] = [];
    for (const one of inputs) {
      const planned = plannedDevice(one, { name: actor.name, names: authors }, administrators);
      devices.push(planned, ...(await signedIn(context, planned)));
    }
    await analyst.ask("devices.keep", { job, devices });
    count += devices.length;
    await nextTurn();
  }
  return count;
}

function plannedDevice(
  { device, input }: DeviceInput,
  author: { readonly name: string; readonly names: readonly string[] },
  administrators: ReadonlySet<string>,
): PlannedDevice {
  const owner = device.owner ?? input.user?.id;
  const watched: string[] = [];
  if (owner !== undefined && (owner === author.name || author.names.includes(owner))) {
    watched.push(`the author (${author.name})`);
  }
  const isAdministrator = owner !== undefined && administrators.has(owner);
  if (isAdministrator || device.groups.includes(administratorsGroup)) {
    watched.push("every administrator");
  }
  return { device: device.id, owner, watched, input };
}

/** A rule about users hits whom it means only once signed in, so each watched owner is looked at so, too. */
async function signedIn(
  { store }: ApiContext,
  planned: PlannedDevice,
): Promise<readonly PlannedDevice[]> {
  const { owner, watched, input } = planned;
  if (owner === undefined || watched.length === 0 || input.user !== undefined) return [];
  const { names, groups } = await store.read("person.find", owner);
  // Nothing is left to prove by signing in.
  const proof = { acr: "phishing_resistant", amr: [], authAt: input.nowAt };
  return names
    .filter((name) => name.startsWith(userPrefix))
    .map((id) => ({
      ...planned,
      supposed: "signed in",
      input: { ...input, user: { id, groups, ...proof } },
    }));
}
