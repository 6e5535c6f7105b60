/**
 * Judges addresses and ports named by a rule for a probe from a routable foreign source to an
 * unlisted high port: named ones are not the probe's, unless they are so many that a sender can pick one.
 */
import { parseAddress } from "#shared/net/address.ts";
import { lastOf, parseCidr, widthOf } from "#shared/net/cidr.ts";
import { negateTruth } from "./ruleset.ts";
import type { Condition, Family, PortSpan, Truth } from "./ruleset.ts";

/** More ports than this in one rule are not a list of services any more. */
const widePorts = 16_384;
const allPorts = 65_535;

/** Returns the condition "the destination port is one of these". */
export function destinationPort(spans: readonly PortSpan[], negated: boolean): Condition {
  return {
    kind: "port",
    truth: judgeDestinationPorts(spans, negated),
    within: { spans, negated },
  };
}

function judgeDestinationPorts(spans: readonly PortSpan[], negated: boolean): Truth {
  const count = spans.reduce((sum, span) => sum + Math.max(0, span.to - span.from + 1), 0);
  const truth: Truth = count >= allPorts ? "true" : count > widePorts ? "choice" : "false";
  return negated ? negateTruth(truth) : truth;
}

/** Tells whether rules that each name few ports name so many together that a sender can pick one. */
export function nameManyPorts(spans: readonly PortSpan[]): boolean {
  let [count, end] = [0, -1];
  for (const { from, to } of spans.toSorted((left, right) => left.from - right.from)) {
    count += Math.max(0, to - Math.max(from, end + 1) + 1);
    end = Math.max(end, to);
  }
  return count > widePorts;
}

/** Returns the condition "the source port is one of these": the sender chooses its own port. */
export function sourcePort(spans: readonly PortSpan[], negated: boolean): Condition {
  const whole = spans.some((span) => span.from <= 0 && span.to >= allPorts);
  return { kind: "settled", truth: whole ? judgeDestinationPorts(spans, negated) : "choice" };
}

/** Inclusive range of addresses of one family, as numbers. */
export interface AddressSpan {
  readonly from: bigint;
  readonly to: bigint;
}

/** Returns the block around an address, or null where the text or the length is none of the family. */
export function addressBlock(family: Family, text: string, length?: number): AddressSpan | null {
  const address = parseAddress(text);
  if (address === null || address.family !== number(family)) return null;
  const width = widthOf(address.family);
  const bits = length ?? width;
  if (!Number.isInteger(bits) || bits < 0 || bits > width) return null;
  const size = 1n << BigInt(width - bits);
  const from = (address.value / size) * size;
  return { from, to: from + size - 1n };
}

const privateSpace: Readonly<Record<Family, readonly AddressSpan[]>> = {
  ipv4: spans(
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
  ),
  ipv6: spans("::/8", "fc00::/7", "fe80::/10", "ff00::/8"),
};

/** Loopback and groups: no unicast packet from outside has such a destination. */
const neverOurs: Readonly<Record<Family, readonly AddressSpan[]>> = {
  ipv4: spans("127.0.0.0/8", "224.0.0.0/3"),
  ipv6: spans("::1/128", "ff00::/8"),
};

/** A rule that names more than this share of the address space names the internet, not some networks. */
const wideShare: Readonly<Record<Family, number>> = { ipv4: 2 ** -8, ipv6: 2 ** -24 };

/** Tells whether this share of a family's addresses is more than some networks. */
export function isWide(family: Family, share: number): boolean {
  return share > wideShare[family];
}

/** Judges a source address condition; private networks do not count as routable sources. */
export function judgeSources(
  family: Family,
  named: readonly AddressSpan[],
  negated: boolean,
): Condition {
  let share = 0;
  for (const span of named) {
    if (!privateSpace[family].some((space) => within(span, space))) share += shareOf(family, span);
  }
  const truth: Truth = share >= 1 ? "true" : isWide(family, share) ? "choice" : "false";
  return {
    kind: "source",
    truth: negated ? negateTruth(truth) : truth,
    share: negated ? 0 : share,
  };
}

/** Judges a destination address condition: the probe comes by unicast to an address we do not know. */
export function judgeDestinations(
  family: Family,
  named: readonly AddressSpan[],
  negated: boolean,
): Condition {
  const foreign = named.filter((span) => !neverOurs[family].some((space) => within(span, space)));
  const whole = foreign.some((span) => shareOf(family, span) >= 1);
  const truth: Truth = whole ? "true" : foreign.length > 0 ? "unknown" : "false";
  return { kind: "settled", truth: negated ? negateTruth(truth) : truth };
}

function spans(...cidrs: readonly string[]): readonly AddressSpan[] {
  return cidrs.flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr === null ? [] : [{ from: cidr.base, to: lastOf(cidr) }];
  });
}

function within(inner: AddressSpan, outer: AddressSpan): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}

function shareOf(family: Family, span: AddressSpan): number {
  return Number(span.to - span.from + 1n) / 2 ** widthOf(number(family));
}

function number(family: Family): 4 | 6 {
  return family === "ipv4" ? 4 : 6;
}
