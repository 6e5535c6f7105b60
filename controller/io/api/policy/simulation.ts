/** Tries a request against a set: a device as it is, or one that does not exist, with what is otherwise. */
import type { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { moveTo } from "#shared/policy/analysis/move-input.ts";
import type { FactView, Input } from "#shared/policy/input.ts";
import { nearestName } from "#shared/policy/parse/nearest-name.ts";
import { catalogue, entryOf } from "#shared/posture/catalogue.ts";
import type { SignalValue } from "#shared/posture/fact.ts";
import type { DeviceInput } from "../../../ports/policy-desk.ts";
import type { ApiContext } from "../context.ts";
import { timeText } from "../views.ts";
import type { simulateOrder } from "#shared/protocol/api/policy-order.ts";
import { candidateOf } from "./source.ts";
import { minuteMs } from "#shared/base/time-span.ts";

type Order = z.infer<typeof simulateOrder>;

/** Returns the answers with the version of the set and the input that they are about. */
export async function simulation(context: ApiContext, order: Order) {
  const policy =
    order.files === undefined
      ? await context.store.read("policy.active", undefined)
      : (await candidateOf(context, order.files)).policy;
  const { input: start, gate, deviceName } = startOf(context, order);
  const input = changedInput(start, order);
  const { resource } = order;
  const body = policy?.body ?? null;
  const answers = await context.analyst.ask("set.simulate", { body, input, resource });
  if (resource !== undefined && answers.length === 0) {
    throw new CodedError("SP-702", { what: "resource", name: resource });
  }
  return {
    version: policy?.version ?? null,
    deviceName,
    at: timeText(input.nowAt),
    answers: answers.map(({ validUntilAt, ...shown }) => ({
      ...shown,
      unmet: gate === null ? shown.unmet : [{ policy: "", reason: gate }],
      validUntilAt: validUntilAt > lastDateMs ? null : timeText(validUntilAt),
    })),
  };
}

/** The end of the calendar means never. */
const lastDateMs = 8_000_000_000_000_000;

interface Start extends Pick<DeviceInput, "input" | "gate"> {
  readonly deviceName: string | null;
}

function startOf(context: ApiContext, { device: key }: Order): Start {
  if (key === undefined) {
    const input = {
      nowAt: context.clock.nowAt(),
      device: { id: "dev_simulated", groups: [], tags: [], quarantined: false },
      facts: new Map(),
      risk: { session: 0, identity: 0 },
      net: {},
      elevations: [],
    };
    return { input, gate: null, deviceName: null };
  }
  const [held] = context.desk.inputs([key]);
  if (held === undefined) throw new CodedError("SP-702", { what: "device", name: key });
  const { input, gate } = held;
  const deviceName = held.device.name;
  // No fact opens anything while the device itself is shut out.
  return {
    input: { ...input, device: { ...input.device, quarantined: gate !== null } },
    gate,
    deviceName,
  };
}

function changedInput(start: Input, order: Order): Input {
  const moved = order.at === undefined ? start : moveTo(start, Date.parse(order.at));
  const { nowAt, device } = moved;
  const { groups = device.groups, tags = device.tags, user, risk, net, elevations } = order;
  const { serviceAccount = device.serviceAccount } = order;
  return {
    ...moved,
    device: { ...device, groups, tags, serviceAccount },
    user:
      user === undefined
        ? moved.user
        : {
            id: user.id,
            groups: user.groups,
            acr: user.acr,
            amr: [],
            authAt: nowAt - user.signInAgeSeconds * 1_000,
          },
    facts: changedFacts(moved, order.facts),
    risk:
      risk === undefined
        ? moved.risk
        : {
            session: risk.session ?? moved.risk.session,
            identity: risk.identity ?? moved.risk.identity,
          },
    net: net ?? moved.net,
    elevations:
      elevations?.map(({ role, approvals, minutes }) => ({
        role,
        approvals,
        sinceAt: nowAt,
        untilAt: nowAt + minutes * minuteMs,
      })) ?? moved.elevations,
  };
}

function changedFacts(
  { facts, nowAt }: Input,
  changes: Readonly<Record<string, SignalValue | null>>,
): ReadonlyMap<string, FactView> {
  const changed = new Map(facts);
  for (const [signal, value] of Object.entries(changes)) {
    const entry = entryOf(signal);
    if (entry === undefined) throw unknownSignal(signal);
    if (value === null) changed.delete(signal);
    else {
      const reading = { kind: "known", value } as const;
      changed.set(signal, { reading, untilAt: nowAt + entry.freshForMs });
    }
  }
  return changed;
}

function unknownSignal(signal: string): CodedError {
  const hint = nearestName(
    signal,
    catalogue.map((entry) => entry.signal),
  );
  const more = hint === undefined ? "" : `; did you mean \`${hint}\`?`;
  return new CodedError("SP-703", { why: `unknown signal \`${signal}\`${more}` });
}
