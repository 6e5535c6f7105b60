/**
 * When a key signs, and how long it is believed. A key is announced first (verifiers learn it), signs
 * from its time on, and is believed until the last object that it signed has ended:
 *
 *   announced ──activated──▶ signs ──its successor signs──▶ believed ──13 h──▶ gone
 *
 * Which key signs follows from the time of issue alone, so that claims that are signed again give the
 * same bytes, after a rotation and after a restart too.
 */
import { hourMs } from "#shared/base/time-span.ts";

/** The times of one key; null: announced, signs nothing yet. */
export interface KeyTimes {
  readonly activeFromAt: number | null;
}

/** A grant lives twelve hours at most; the thirteenth is for clocks and leeways. */
export const believedAfterMs = 13 * hourMs;

/** Returns the key that signs what is issued at `issuedAt`; keys are those of one purpose. */
export function signingKey<K extends KeyTimes>(keys: readonly K[], issuedAt: number): K {
  const active = activeKeys(keys);
  const key = active.findLast(({ at }) => at <= issuedAt) ?? active[0];
  if (key === undefined) throw new Error("no key of this purpose is active");
  return key.key;
}

/** Returns the keys that verifiers are to believe. */
export function believedKeys<K extends KeyTimes>(keys: readonly K[], nowAt: number): readonly K[] {
  return keys.filter((key) => retiresAt(keys, key) > nowAt);
}

/** Returns when the next key is believed no longer, Infinity where none is replaced. */
export function nextRetirementAt(keys: readonly KeyTimes[]): number {
  return Math.min(...keys.map((key) => retiresAt(keys, key)));
}

/** Returns when a key is believed no longer; Infinity for the newest and for announced ones. */
export function retiresAt(keys: readonly KeyTimes[], key: KeyTimes): number {
  const { activeFromAt } = key;
  if (activeFromAt === null) return Infinity;
  const successor = activeKeys(keys).find(({ at }) => at > activeFromAt);
  return successor === undefined ? Infinity : successor.at + believedAfterMs;
}

function activeKeys<K extends KeyTimes>(keys: readonly K[]): { readonly at: number; key: K }[] {
  return keys
    .flatMap((key) => (key.activeFromAt === null ? [] : [{ at: key.activeFromAt, key }]))
    .toSorted((one, other) => one.at - other.at);
}
