/** Judges an enrolment key at a moment; unknown key and wrong secret are answered alike. */
import { timingSafeEqual } from "node:crypto";
import type { Selectable } from "kysely";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { parseAddress, unmappedAddress } from "#shared/net/address.ts";
import { containsAddress, parseCidr } from "#shared/net/cidr.ts";
import type { EnrolKeyTable } from "./tables.ts";

/** The part of an enrolment key that its row keeps as JSON. */
export interface EnrolKeyBody {
  readonly groups: readonly string[];
  readonly allowedFrom?: readonly string[] | undefined;
  /** Certificates (PEM) of authorities whose identities stand for the key's secret. */
  readonly identityAuthorities?: readonly string[] | undefined;
}

/** A try to use a key. */
export interface KeyUse {
  readonly keyId: string;
  readonly secretSha256: string;
  readonly remoteAddress: string;
  readonly nowAt: number;
}

/** Returns why the key is not ours at all (SP-105), or null. */
export function secretRefusal(
  key: Selectable<EnrolKeyTable> | undefined,
  use: KeyUse,
): ErrorRef | null {
  const given = Buffer.from(use.secretSha256);
  const held = Buffer.from(key?.secret_hash ?? use.secretSha256);
  const same = given.length === held.length && timingSafeEqual(given, held);
  const refused = key === undefined || !same || key.revoked_at !== null;
  return refused ? { code: "SP-105", params: { key: use.keyId } } : null;
}

/** Returns why the key gives no further use (SP-101, 102, 103, 105), or null. */
export function keyRefusal(
  key: Selectable<EnrolKeyTable> | undefined,
  use: KeyUse,
): ErrorRef | null {
  const refusal = secretRefusal(key, use);
  if (refusal !== null || key === undefined) return refusal;
  const params = { key: use.keyId };
  if (key.expires_at <= use.nowAt) {
    const expiresAt = new Date(key.expires_at).toISOString();
    return { code: "SP-101", params: { ...params, expiresAt } };
  }
  if (key.uses >= key.uses_max) return { code: "SP-102", params };
  const { allowedFrom } = JSON.parse(key.body) as EnrolKeyBody;
  return allowedFrom === undefined || isInside(use.remoteAddress, allowedFrom)
    ? null
    : { code: "SP-103", params };
}

function isInside(remoteAddress: string, prefixes: readonly string[]): boolean {
  // Node reports IPv4 peers of a dual-stack socket in the mapped form.
  const address = parseAddress(unmappedAddress(remoteAddress));
  return prefixes.some((text) => {
    const prefix = parseCidr(text);
    return prefix !== null && address !== null && containsAddress(prefix, address);
  });
}
