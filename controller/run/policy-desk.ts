import type { FactView, Input } from "#shared/policy/input.ts";
import { gateOf } from "../core/access/gate.ts";
import { policyInput } from "../core/access/policy-input.ts";
import type { RollOutState } from "../core/roll-out/roll-out-state.ts";
import { ringSights } from "../core/roll-out/roll-out.ts";
import type { ControllerState, DeviceState } from "../core/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { DeviceRecord } from "../core/record.ts";
import type { NamedSubjects, PolicyDesk, RollOutView } from "../ports/policy-desk.ts";

/** Returns what the admin API may ask of the loop about policies. */
export function makePolicyDesk(state: ControllerState, clock: Clock): PolicyDesk {
  return {
    devices: () =>
      [...state.devices.values()]
        .map(({ record }) => record)
        .filter(({ status }) => status === "active"),
    inputs: (keys) =>
      keys.flatMap((key) => {
        const device = state.devices.get(key) ?? deviceNamed(state, key);
        if (device === undefined) return [];
        const now = clock.nowAt();
        const input = inputOf(state, device, now);
        return [{ device: device.record, input, gate: gateOf(device, now) }];
      }),
    subjects: () => namedSubjects([...state.devices.values()].map(({ record }) => record)),
    rollOut: () => (state.rollOut === null ? null : standOf(state, state.rollOut)),
    trials: () =>
      [...state.watch.trials].map(([trial, { startedAt, decisions, differences }]) => ({
        trial,
        startedAt,
        decisions,
        differences: [...differences.values()],
      })),
    uses: () => [...state.watch.uses.values()],
  };
}

function deviceNamed({ devices }: ControllerState, name: string): DeviceState | undefined {
  return [...devices.values()].find(({ record }) => record.name === name);
}

/** Returns whom policies may name, as far as devices tell. */
export function namedSubjects(devices: readonly DeviceRecord[]): NamedSubjects {
  const known = devices.filter(({ status }) => status !== "revoked");
  const names = (of: (device: DeviceRecord) => readonly string[]) =>
    [...new Set(known.flatMap(of))].sort();
  return {
    groups: names(({ groups }) => groups),
    devices: names(({ id }) => [id]),
    tags: names(({ tags }) => tags),
    serviceAccounts: names(({ serviceAccount }) =>
      serviceAccount === undefined ? [] : [serviceAccount],
    ),
  };
}

/** Who is away would reach nothing under any set, which tells nothing about a change of sets. */
function inputOf(state: ControllerState, device: DeviceState, now: number): Input {
  const input = policyInput(state, device, now);
  if (device.link?.phase === "greeted") return input;
  const facts = new Map<string, FactView>();
  for (const [signal, { reading, untilAt }] of input.facts) {
    facts.set(signal, { reading, untilAt: Math.max(untilAt, now + 1) });
  }
  return { ...input, facts };
}

function standOf(
  { devices }: Pick<ControllerState, "devices">,
  rollOut: RollOutState,
): RollOutView {
  const { change, record, status, ring, rings, sinceAt, why, announcedPercent } = rollOut;
  const sights = ringSights(devices, rollOut);
  const sight = sights.at(-1);
  return {
    change,
    version: record.version,
    status,
    ring,
    rings,
    sinceAt,
    why,
    devicesSeen: sight?.devices ?? 0,
    openByOld: sight?.openByOld ?? 0,
    lost: sight?.lost ?? 0,
    lostPercent: sights.map(({ openByOld, lost: gone }) =>
      openByOld === 0 ? 0 : (gone * 100) / openByOld,
    ),
    announcedPercent: announcedPercent[ring] ?? 0,
  };
}
