/** Token buckets by key, in bounded memory: what was not seen for long is forgotten first. */
import { parseAddress, unmappedAddress } from "#shared/net/address.ts";

/** How much a key may do: `burst` at once, refilled by `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Says when one more is allowed. */
export interface RateLimit {
  /** Takes one; returns 0, or the whole seconds until there is one. */
  take(key: string, nowMs: number): number;
  /** Returns how many are allowed now. */
  left(key: string, nowMs: number): number;
}

const keysMax = 10_000;

/** Returns a limit; `nowMs` must not run backwards by much. */
export function makeRateLimit(rate: Rate): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const tokensOf = (key: string, nowMs: number) => {
    const held = buckets.get(key) ?? { tokens: rate.burst, atMs: nowMs };
    const refilled = held.tokens + ((nowMs - held.atMs) / 1000) * rate.perSecond;
    return Math.min(rate.burst, refilled);
  };
  return {
    left: (key, nowMs) => Math.max(0, Math.floor(tokensOf(key, nowMs))),
    take(key, nowMs) {
      const tokens = tokensOf(key, nowMs);
      buckets.delete(key);
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
      const [oldest] = buckets.keys();
      if (buckets.size > keysMax && oldest !== undefined) buckets.delete(oldest);
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / rate.perSecond);
    },
  };
}

/** Returns the key under which an address is limited: one IPv4 address, or an IPv6 /64. */
export function addressKey(address: string): string {
  const plain = unmappedAddress(address).replace(/%.*$/, "");
  const parsed = parseAddress(plain);
  // By number: the text leaves zeros out, so the first groups of it are not always the same ones.
  return parsed?.family === 6 ? `${(parsed.value >> 64n).toString(16)}::/64` : plain;
}
