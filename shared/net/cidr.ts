import { type Address, formatAddress, parseAddress } from "./address.ts";

/** A canonical prefix: host bits are zero. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly length: number;
}

/** Returns the number of bits of a family's addresses. */
export function widthOf(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** Returns the prefix, or null where the text is not canonical (host bits set, RFC 5952 not kept). */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf("/");
  if (slash < 0) return null;
  const address = parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === null || !/^(0|[1-9][0-9]{0,2})$/.test(digits)) return null;
  const length = Number(digits);
  if (length > widthOf(address.family)) return null;
  const cidr = { family: address.family, base: address.value, length };
  return lastOf(cidr) >= cidr.base && hostBits(cidr) === 0n && formatCidr(cidr) === text
    ? cidr
    : null;
}

/** Returns the canonical text of a prefix. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress({ family: cidr.family, value: cidr.base })}/${cidr.length}`;
}

/** Returns the last address value inside the prefix. */
export function lastOf(cidr: Cidr): bigint {
  return cidr.base + (1n << BigInt(widthOf(cidr.family) - cidr.length)) - 1n;
}

/** Tells whether the address lies inside the prefix; families never mix. */
export function containsAddress(cidr: Cidr, address: Address): boolean {
  return (
    cidr.family === address.family && address.value >= cidr.base && address.value <= lastOf(cidr)
  );
}

/** Tells whether `inner` lies wholly inside `outer`. */
export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return (
    outer.family === inner.family &&
    outer.length <= inner.length &&
    inner.base >= outer.base &&
    inner.base <= lastOf(outer)
  );
}

/** Tells whether two prefixes share an address. */
export function overlaps(left: Cidr, right: Cidr): boolean {
  return containsCidr(left, right) || containsCidr(right, left);
}

function hostBits(cidr: Cidr): bigint {
  return cidr.base & ((1n << BigInt(widthOf(cidr.family) - cidr.length)) - 1n);
}
