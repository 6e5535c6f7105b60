/** Decides from a ruleset whether unsolicited packets from outside are refused. */
import type { Reading } from "#shared/posture/fact.ts";
import { noData, unknown } from "#shared/posture/reading.ts";
import type { ChainName, Family, Ruleset } from "./ruleset.ts";
import { passageOf } from "./walk.ts";

/** The judgement for one family. */
export interface FirewallJudgement {
  readonly kind: "denied" | "open" | "unsure";
  /** Chains whose rules could still change an unsure judgement. */
  readonly unread: readonly ChainName[];
  /** Where it was decided, for people. */
  readonly at: string;
}

/** Where probes can come in when no interface but loopback is known. */
const anyInterface = "outside0";

/** Returns whether every probe (TCP and UDP, each interface) is refused; one open way decides. */
export function judgeFamily(
  ruleset: Ruleset,
  family: Family,
  interfaces: readonly string[],
): FirewallJudgement {
  const entries = interfaces.length > 0 ? interfaces : [anyInterface];
  const unread = new Map<string, ChainName>();
  let doubt: FirewallJudgement | null = null;
  let denial: FirewallJudgement | null = null;
  for (const name of entries) {
    for (const protocol of ["tcp", "udp"] as const) {
      const passage = passageOf(ruleset, { family, protocol, interface: name });
      const at = `${passage.at} (${protocol} on ${name})`;
      if (passage.kind === "open") return { kind: "open", unread: [], at };
      if (passage.kind === "denied") denial ??= { ...passage, at };
      else doubt ??= { ...passage, at };
      for (const chain of passage.unread) unread.set(JSON.stringify(chain), chain);
    }
  }
  const judgement = doubt ?? denial;
  if (judgement === null) return { kind: "unsure", unread: [], at: "no probe" };
  return { ...judgement, unread: [...unread.values()] };
}

/** Returns a judgement as a reading: what stays unsure is a conflict. */
export function readingOf(judgement: FirewallJudgement): Reading {
  if (judgement.kind === "unsure") return unknown("conflict");
  return { kind: "known", value: judgement.kind === "denied" };
}

/** Joins the families: both must refuse; a family that does not exist here does not count. */
export function joinFamilies(ipv4: Reading, ipv6: Reading): Reading {
  const readings = [ipv4, ipv6].filter((reading) => reading.kind !== "notApplicable");
  const open = readings.find((reading) => reading.kind === "known" && reading.value !== true);
  const doubt = readings.find((reading) => reading.kind === "unknown");
  return open ?? doubt ?? readings[0] ?? noData;
}
