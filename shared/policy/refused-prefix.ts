import { type Cidr, overlaps, parseCidr } from "../net/cidr.ts";

const shortest = { 4: 8, 6: 24 } as const;

const reserved = new Map(
  Object.entries({
    "0.0.0.0/8": "this-network",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local (cloud metadata lives there)",
    "224.0.0.0/3": "multicast or reserved",
    "::/96": "loopback or unspecified",
    "::ffff:0:0/96": "IPv4-mapped",
    // Networks of operators carry other addresses in here, each in its own way.
    "64:ff9b:1::/48": "translated",
    "fe80::/10": "link-local",
    "ff00::/8": "multicast",
    "fd00:ec2::254/128": "a cloud metadata address",
  }).map(([text, name]) => [parseCidr(text), name] as const),
);

const nat64 = parseCidr("64:ff9b::/96");

/** Returns why no resource may have the prefix, or null; overlaps with the own pool are judged elsewhere. */
export function refusedPrefix(cidr: Cidr): string | null {
  const least = shortest[cidr.family];
  if (cidr.length < least) return `is wider than /${least}`;
  for (const [prefix, name] of reserved) {
    if (prefix !== null && overlaps(prefix, cidr)) return `touches ${name} addresses`;
  }
  if (nat64 === null || !overlaps(nat64, cidr)) return null;
  const why = refusedPrefix(embeddedIn(cidr));
  return why === null ? null : `${why} behind NAT64`;
}

/** RFC 6052 carries IPv4 in the last 32 bits; a prefix that is no longer than that carries all of it. */
function embeddedIn({ base, length }: Cidr): Cidr {
  return { family: 4, base: BigInt.asUintN(32, base), length: Math.max(0, length - 96) };
}
