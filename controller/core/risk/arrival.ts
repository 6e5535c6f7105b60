/** What the coming of a device tells: from where, how fast, at which hour. */
import type { Step } from "../context.ts";
import type { DeviceState } from "../state.ts";
import {
  confidenceIn,
  distanceKm,
  isHourNoted,
  isUnusualHour,
  type Place,
  type RiskBaseline,
  withArrival,
  withHour,
} from "./baseline.ts";
import { noteRisk } from "./risk.ts";
import { hourMs } from "#shared/base/time-span.ts";

const fastestKmPerHour = 900;
/** Nearer than that a database may just be wrong. */
const leastJumpKm = 500;

/** Where a link comes from; `place` is null where no database knows the address. */
export interface Arrival {
  readonly address: string;
  readonly place: Place | null;
}

/** Compares an arrival with the device's habits, and makes it one of them. */
export function noteArrival(step: Step, device: DeviceState, arrival: Arrival): void {
  const { baseline } = device.risk;
  const { place } = arrival;
  const confidence = confidenceIn(baseline);
  if (place !== null && !place.egress) {
    noteTravel(step, device, place);
    const { country, network } = place;
    const { countries, networks } = baseline;
    if (country !== undefined && countries.length > 0 && !countries.includes(country)) {
      noteRisk(step, device, { kind: "place.new_country", confidence, detail: country });
    }
    if (network !== undefined && networks.length > 0 && !networks.includes(network)) {
      noteRisk(step, device, { kind: "place.new_network", confidence, detail: `AS${network}` });
    }
  }
  if (isUnusualHour(baseline, step.now)) noteRisk(step, device, { kind: "hour.unusual" });
  const known = isKnown(baseline, arrival) && isHourNoted(baseline, step.now);
  device.risk.baseline = withArrival(withHour(baseline, step.now), arrival, step.now);
  // A fleet that comes back all at once writes nothing that the disk knows but for the minute.
  if (!known) keepBaseline(step, device);
}

/** Tells whether an arrival is like the last one. */
function isKnown(baseline: RiskBaseline, { address, place }: Arrival): boolean {
  const { country, network } = place ?? {};
  return (
    baseline.net?.address === address &&
    baseline.net.country === country &&
    (place?.egress === true || network === undefined || baseline.networks.at(-1) === network)
  );
}

/** Notes that the device is in use in this hour; once an hour there is something to write. */
export function noteHour(step: Step, device: DeviceState): void {
  const { baseline } = device.risk;
  if (isHourNoted(baseline, step.now)) return;
  device.risk.baseline = withHour(baseline, step.now);
  keepBaseline(step, device);
}

/** The last beat counts: who was heard there an hour ago has had an hour, not the whole day. */
function noteTravel(step: Step, device: DeviceState, { point }: Place): void {
  const last = device.risk.baseline.point;
  if (last === null || point === undefined) return;
  const km = distanceKm(last, point);
  const seenAt = Math.max(last.at, device.posture.lastBeatAt);
  const hours = Math.max(0, step.now - seenAt) / hourMs;
  if (km <= leastJumpKm || km <= fastestKmPerHour * hours) return;
  const minutes = Math.round(hours * 60);
  const detail = `${Math.round(km)} km in ${minutes} min`;
  noteRisk(step, device, { kind: "travel.impossible", detail });
}

function keepBaseline(step: Step, device: DeviceState): void {
  const { baseline } = device.risk;
  const write = { kind: "riskBaseline", device: device.record.id, baseline } as const;
  step.effects.push({ kind: "write", token: null, writes: [write] });
}
