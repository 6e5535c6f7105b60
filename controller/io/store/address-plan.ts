/** Host n of the IPv4 pool and of the first /64 of the IPv6 pool; gateways take the first 256. */
import { formatAddress } from "#shared/net/address.ts";
import { lastOf, parseCidr } from "#shared/net/cidr.ts";
import type { NetworkRecord } from "../../core/record.ts";

/** Inclusive host numbers that a role may hold. */
export interface HostRange {
  readonly first: number;
  readonly last: number;
}

/** Returns the host numbers of a role; the pool's own and broadcast address are never given. */
export function hostRange(network: NetworkRecord, role: "device" | "gateway"): HostRange {
  const pool = requirePool(network.pool4);
  const size = Number(lastOf(pool) - pool.base) + 1;
  return role === "gateway" ? { first: 1, last: 255 } : { first: 256, last: size - 2 };
}

/** Returns both tunnel addresses of a host number, without prefix length. */
export function addressesOf(
  network: NetworkRecord,
  host: number,
): { readonly address4: string; readonly address6: string } {
  const [pool4, pool6] = [requirePool(network.pool4), requirePool(network.pool6)];
  return {
    address4: formatAddress({ family: 4, value: pool4.base + BigInt(host) }),
    address6: formatAddress({ family: 6, value: pool6.base + BigInt(host) }),
  };
}

function requirePool(text: string) {
  const pool = parseCidr(text);
  if (pool === null) throw new Error(`the stored pool ${text} is not a prefix`);
  return pool;
}
