/** Bearer tokens of the admin API: shown once, kept as SHA-256, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { dayMs } from "#shared/base/time-span.ts";

const prefix = "sallyport_pat_";

/** How long a link counts that makes somebody an administrator. */
export const setUpLinkMs = dayMs;

/** Returns a new token of 32 random bytes with a prefix that secret scanners can find. */
export function makeToken(): string {
  return `${prefix}${randomBytes(32).toString("base64url")}`;
}

/** Returns what the store keeps of a token. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Returns the entry whose hash is the token's; every entry is compared. */
export function findToken<T extends { readonly tokenHash: string }>(
  token: string,
  entries: readonly T[],
): T | null {
  const given = Buffer.from(tokenHash(token));
  let found: T | null = null;
  for (const entry of entries) {
    const held = Buffer.from(entry.tokenHash);
    if (held.length === given.length && timingSafeEqual(held, given)) found = entry;
  }
  return found;
}
