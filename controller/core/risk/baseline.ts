/** Where and when a device is used: what its next arrival is compared with. Pure data and arithmetic. */
import { hourMs } from "#shared/base/time-span.ts";

const hoursPerWeek = 168;
/** The running week and the four before it: the last 30 days and a little. */
const weeksMax = 5;
const countriesMax = 16;
const networksMax = 64;
/** Less than that is no habit. */
const habitHoursMin = 50;
/** In the first two weeks each day of the week is new. */
const habitWeeksMin = 3;
const unusualShare = 0.02;

/** What a geography database says of an address. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | undefined;
  /** Number of the autonomous system. */
  readonly network?: number | undefined;
  readonly point?: Point | undefined;
  /** The operator knows that people come out here who are elsewhere. */
  readonly egress: boolean;
}

/** A point on the earth with how far off it may be. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracyKm: number;
}

/** What is remembered of a device's use. */
export interface RiskBaseline {
  /** The newest last. */
  readonly countries: readonly string[];
  readonly networks: readonly number[];
  /** Where it came from last. */
  readonly net: { readonly address: string; readonly country?: string | undefined } | null;
  /** Where it was seen last, and when. */
  readonly point: (Point & { readonly at: number }) | null;
  /** One digit for each hour of a week (UTC): 1 = used. */
  readonly weeks: readonly { readonly week: number; readonly hours: string }[];
}

/** Nothing is known yet. */
export const emptyBaseline: RiskBaseline = {
  countries: [],
  networks: [],
  net: null,
  point: null,
  weeks: [],
};

/** Returns how much is known of a device, 0 to 1: little knowledge makes small doubts. */
export function confidenceIn(baseline: RiskBaseline): number {
  return Math.min(1, hoursUsed(baseline) / habitHoursMin);
}

/** Tells whether an instant lies in the hours of the week in which under 2 % of all use falls. */
export function isUnusualHour(baseline: RiskBaseline, at: number): boolean {
  const used = hoursUsed(baseline);
  if (used < habitHoursMin || baseline.weeks.length < habitWeeksMin) return false;
  const counts = Array.from({ length: hoursPerWeek }, (_, hour) =>
    baseline.weeks.reduce((sum, { hours }) => sum + Number(hours[hour] === "1"), 0),
  );
  const count = counts[hourOf(at).hour] ?? 0;
  // One use spread over all hours stands for what was not seen yet.
  const rare = counts.filter((other) => other <= count);
  const share = rare.reduce((sum, other) => sum + other + 1 / hoursPerWeek, 0) / (used + 1);
  return share < unusualShare;
}

/** Tells whether the hour of an instant is noted already. */
export function isHourNoted({ weeks }: RiskBaseline, at: number): boolean {
  const { week, hour } = hourOf(at);
  return weeks.find((one) => one.week === week)?.hours[hour] === "1";
}

/** Notes that the device was used at an instant, where it was last. */
export function withHour(baseline: RiskBaseline, at: number): RiskBaseline {
  const { week, hour } = hourOf(at);
  const hours = baseline.weeks.find((one) => one.week === week)?.hours ?? "0".repeat(hoursPerWeek);
  const marked = { week, hours: `${hours.slice(0, hour)}1${hours.slice(hour + 1)}` };
  const others = baseline.weeks.filter((one) => one.week !== week && one.week > week - weeksMax);
  const point = baseline.point === null ? null : { ...baseline.point, at };
  return { ...baseline, point, weeks: [...others, marked] };
}

/** Notes where the device came from. */
export function withArrival(
  baseline: RiskBaseline,
  { address, place }: { readonly address: string; readonly place: Place | null },
  at: number,
): RiskBaseline {
  const { country, network, point, egress } = place ?? { egress: false };
  const net = { address, ...(country === undefined ? {} : { country }) };
  if (egress) return { ...baseline, net };
  return {
    ...baseline,
    net,
    countries: newestLast(baseline.countries, country, countriesMax),
    networks: newestLast(baseline.networks, network, networksMax),
    point: point === undefined ? baseline.point : { ...point, at },
  };
}

/** Returns the least distance between two points in km: both may be off by their accuracy. */
export function distanceKm(from: Point, to: Point): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const half = (one: number, other: number): number => Math.sin(radians(other - one) / 2) ** 2;
  const chord =
    half(from.latitude, to.latitude) +
    Math.cos(radians(from.latitude)) *
      Math.cos(radians(to.latitude)) *
      half(from.longitude, to.longitude);
  const far = 2 * earthKm * Math.asin(Math.min(1, Math.sqrt(chord)));
  return Math.max(0, far - from.accuracyKm - to.accuracyKm);
}

const earthKm = 6_371;

function hoursUsed({ weeks }: RiskBaseline): number {
  return weeks.reduce((sum, { hours }) => sum + hours.split("1").length - 1, 0);
}

function hourOf(at: number): { readonly week: number; readonly hour: number } {
  const hours = Math.floor(at / hourMs);
  return { week: Math.floor(hours / hoursPerWeek), hour: hours % hoursPerWeek };
}

function newestLast<T>(known: readonly T[], item: T | undefined, max: number): readonly T[] {
  if (item === undefined) return known;
  return [...known.filter((one) => one !== item), item].slice(-max);
}
