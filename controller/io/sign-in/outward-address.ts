/** Where a request that a setting causes may go: never to ourselves or the network around us (SSRF). */
import { type Address, parseAddress, unmappedAddress } from "#shared/net/address.ts";
import { type Cidr, containsAddress, parseCidr } from "#shared/net/cidr.ts";

/** Loopback, private, link-local (the metadata of clouds), translated, multicast and reserved. */
const inward = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::/96",
  "::ffff:0:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2001::/32",
  "2002::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
]
  .map(parseCidr)
  .filter((prefix) => prefix !== null);

/** Tells whether an address is of the world outside, or in a prefix that the operator named. */
export function isOutward(text: string, allowed: readonly Cidr[]): boolean {
  const parsed = parseAddress(unmappedAddress(text));
  if (parsed === null) return false;
  const address = meant(parsed);
  if (allowed.some((prefix) => containsAddress(prefix, address))) return true;
  return !inward.some((prefix) => containsAddress(prefix, address));
}

/** URLs write `::ffff:127.0.0.1` as `::ffff:7f00:1`: the system connects by IPv4 all the same. */
function meant(address: Address): Address {
  if (address.family === 4 || address.value >> 32n !== 0xffffn) return address;
  return { family: 4, value: address.value & 0xffff_ffffn };
}
