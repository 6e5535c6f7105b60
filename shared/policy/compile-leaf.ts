/** Leaves that are not about signals or risks, as closures with the clock edges that they have. */
import type { Address } from "../net/address.ts";
import { type Cidr, containsCidr, parseCidr, widthOf } from "../net/cidr.ts";
import { parseAddress } from "../net/address.ts";
import type { Test } from "./frame.ts";
import type {
  ElevationCondition,
  LeafCondition,
  NetworkCondition,
  RiskCondition,
  SignalCondition,
} from "./condition.ts";
import { neverAt } from "./fact-sheet.ts";
import type { Frame } from "./frame.ts";
import type { Elevation } from "./input.ts";
import type { CompiledWindow, TimeWindow } from "./time-window.ts";
import { no, type Truth, unknown, yes } from "./truth.ts";
import { dayMs } from "../base/time-span.ts";

/** A leaf's closure; `clock` returns the first instant at which time alone may change the answer. */
export interface CompiledLeaf {
  readonly test: Test;
  readonly clock?: ((frame: Frame) => number) | undefined;
}

/** An exception further away than this has not begun: nobody can write one that lives longer. */
export const exceptionMaxDays = 90;

/** Returns the compiled window; the same one for equal windows, which then share what they remember. */
export type WindowOf = (window: TimeWindow) => CompiledWindow;

/** Returns a leaf as closures. */
export function compileLeaf(
  leaf: Exclude<LeafCondition, SignalCondition | RiskCondition>,
  windowOf: WindowOf,
): CompiledLeaf {
  switch (leaf.kind) {
    case "groups":
      return { test: groupsTest(leaf.groups) };
    case "elevation":
      return {
        test: (frame) => (elevationUntil(leaf, frame) === neverAt ? no : yes),
        clock: (frame) => elevationUntil(leaf, frame),
      };
    case "time": {
      const { stateAt, clock } = windowOf(leaf.window);
      return { test: (frame) => (stateAt(frame.input.nowAt).open ? yes : no), clock };
    }
    case "country": {
      const countries = new Set(leaf.countries);
      return {
        test: ({ input: { net } }) =>
          net.country === undefined ? unknown : truthOf(countries.has(net.country)),
      };
    }
    case "network":
      return { test: networkTest(leaf) };
    case "until":
      return untilLeaf(leaf.untilAt);
  }
}

function truthOf(holds: boolean): Truth {
  return holds ? yes : no;
}

function groupsTest(groups: readonly string[]): Test {
  const wanted = new Set(groups);
  return (frame) => {
    const { device, user } = frame.input;
    if (device.groups.some((group) => wanted.has(group))) return yes;
    return truthOf(user?.groups.some((group) => wanted.has(group)) === true);
  };
}

/** Returns the end of the longest elevation that counts, or `neverAt` where none is live. */
function elevationUntil(condition: ElevationCondition, frame: Frame): number {
  const { nowAt, elevations } = frame.input;
  let endAt = 0;
  for (const elevation of elevations) {
    const until = endOf(condition, elevation);
    if (until > nowAt) endAt = Math.max(endAt, until);
  }
  return endAt === 0 ? neverAt : Math.min(endAt, neverAt - 1);
}

/** Returns the end of an elevation under a condition's limits; 0 where it does not count at all. */
function endOf(condition: ElevationCondition, elevation: Elevation): number {
  const { role, approvedBy, maxSeconds } = condition;
  if (elevation.role !== role || (elevation.approvals ?? 0) < approvedBy) return 0;
  if (maxSeconds === undefined) return elevation.untilAt;
  if (elevation.sinceAt === undefined) return 0;
  return Math.min(elevation.untilAt, elevation.sinceAt + maxSeconds * 1_000);
}

function networkTest(condition: NetworkCondition): Test {
  const prefixes = condition.within.map(parseCidr).filter((cidr) => cidr !== null);
  return (frame) => {
    const { cidr } = frame.input.net;
    const source = cidr === undefined ? null : readSource(cidr);
    if (source === null) return unknown;
    return truthOf(prefixes.some((prefix) => containsCidr(prefix, source)));
  };
}

/** The input may name the source as a prefix or as a bare address. */
function readSource(text: string): Cidr | null {
  const address: Address | null = parseAddress(text);
  if (address === null) return parseCidr(text);
  const { family, value } = address;
  return { family, base: value, length: widthOf(family) };
}

function untilLeaf(untilAt: number): CompiledLeaf {
  const fromAt = untilAt - exceptionMaxDays * dayMs;
  return {
    test: ({ input: { nowAt } }) => truthOf(nowAt >= fromAt && nowAt < untilAt),
    clock: ({ input: { nowAt } }) => {
      if (nowAt < fromAt) return fromAt;
      return nowAt < untilAt ? untilAt : neverAt;
    },
  };
}
