/** Changes, plans and trials as the API shows them. */
import type { AccessChange } from "#shared/policy/analysis/plan.ts";
import type { RollOutView } from "../../../ports/policy-desk.ts";
import type { PolicyChangeRow } from "../../store/queries/policy.ts";
import type { ApiContext } from "../context.ts";
import { timeText } from "../views.ts";
import type { JudgedTrial } from "./promotion.ts";
import type { NamedPlan } from "./plan.ts";

/** Names of devices by id. */
export type DeviceNames = ReadonlyMap<string, string>;

/** Returns the names of the devices that may hold grants. */
export function deviceNames({ desk }: Pick<ApiContext, "desk">): DeviceNames {
  return new Map(desk.devices().map(({ id, name }) => [id, name]));
}

/** Returns a change with its times as text; what the plan said stays as it is. */
export function changeView({
  created_at,
  settled_at,
  settled_reason,
  ring_since_at,
  body,
  ...shown
}: PolicyChangeRow) {
  const { authorNames: _, ...detail } = JSON.parse(body) as Readonly<Record<string, unknown>>;
  return {
    ...shown,
    createdAt: timeText(created_at),
    settledAt: timeText(settled_at),
    settledReason: settled_reason,
    ringSinceAt: timeText(ring_since_at),
    detail,
  };
}

/** Returns a plan with names and times. */
export function planView({ plan, past, documents, hash }: NamedPlan, names: DeviceNames) {
  return {
    plan: hash,
    documents,
    current: { ...plan, changes: plan.changes.map((change) => accessView(change, names)) },
    past:
      past === null
        ? null
        : {
            ...past,
            days: past.days.map(({ startAt, losing, gaining }) => ({
              day: new Date(startAt).toISOString().slice(0, 10),
              losing: losing.map((id) => nameOf(id, names)),
              gaining: gaining.map((id) => nameOf(id, names)),
            })),
            changes: past.changes.map((change) => accessView(change, names)),
          },
  };
}

function accessView(change: AccessChange, names: DeviceNames) {
  return { ...change, deviceName: nameOf(change.device, names), at: timeText(change.at) };
}

function nameOf(id: string, names: DeviceNames): string {
  return names.get(id) ?? id;
}

/** Returns a roll-out with the name of its ring. */
export function rollOutView(view: RollOutView) {
  const { sinceAt, ring, rings } = view;
  const { name = "everybody else", soakSeconds = 0, haltAbovePercent = 0 } = rings[ring] ?? {};
  const nextAt = sinceAt + soakSeconds * 1_000;
  return {
    ...view,
    rings: rings.map((one) => one.name),
    ringName: name,
    haltAbovePercent,
    sinceAt: timeText(sinceAt),
    nextAt: view.status === "rolling" ? timeText(nextAt) : null,
  };
}

/** Returns a trial; each difference says whether somebody explained it. */
export function trialView(
  { trial, startedAt, decisions, differences, accepted, promotion }: JudgedTrial,
  names: DeviceNames,
) {
  const reasons = new Map(accepted.map((one) => [one.cause, one]));
  return {
    trial,
    startedAt: timeText(startedAt),
    decisions,
    ready: promotion.every(({ met }) => met),
    promotion,
    differences: differences.map(({ firstAt, lastAt, devices, ...shown }) => ({
      ...shown,
      firstAt: timeText(firstAt),
      lastAt: timeText(lastAt),
      devices: devices.map(({ device, at }) => ({ name: nameOf(device, names), at: timeText(at) })),
      accepted: acceptedView(reasons.get(shown.cause)),
    })),
  };
}

function acceptedView(one: JudgedTrial["accepted"][number] | undefined) {
  return one === undefined ? null : { by: one.by, reason: one.reason, at: timeText(one.at) };
}
