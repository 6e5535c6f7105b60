/** Looks which ports are handed on before the firewall's input rules. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import {
  publishedInSave,
  readPublished,
  translatingChains,
} from "../../../core/posture/firewall/published-ports.ts";
import { chainKey } from "../../../core/posture/firewall/ruleset.ts";
import { withDeadline } from "../deadline.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { reasonOf } from "./firewall-reads.ts";
import type { FirewallReads, RawRead } from "./firewall-reads.ts";

const readDeadlineMs = 2_000;
/** More chains than this are no list of published ports any more. */
const chainsMax = 16;
const portsMax = 256;

/** Returns the fact `firewall.published_ports`; never rejects. */
export async function collectPublishedPorts(reads: FirewallReads): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const texts: string[] = [];
  const reading = await look(reads, texts).catch((error: unknown): Reading => ({
    kind: "unknown",
    reason: reasonOf(error),
  }));
  return observe([["firewall.published_ports", reading]], {
    collector: "published",
    collectorVersion: 1,
    by: "os",
    text: texts.join("\n"),
    tookMs: performance.now() - startedAt,
    tool: "nft",
  });
}

async function look(reads: FirewallReads, texts: string[]): Promise<Reading> {
  const read = async (work: Promise<RawRead>): Promise<string> => {
    const { raw, exitCode } = await withDeadline(work, readDeadlineMs);
    texts.push(raw);
    // A tool that failed has not said that nothing is handed on.
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}`);
    return raw;
  };
  const waiting = [...(translatingChains(await read(reads.chains())) ?? [null])];
  const seen = new Set<string>();
  const ports: string[] = [];
  for (let chain = waiting.shift(); chain !== undefined; chain = waiting.shift()) {
    if (chain === null || seen.size >= chainsMax) return notParsed;
    if (seen.has(chainKey(chain))) continue;
    seen.add(chainKey(chain));
    const found = readPublished(await read(reads.chain(chain.family, chain.table, chain.name)));
    if (found === null) return notParsed;
    ports.push(...found.ports);
    waiting.push(...found.jumps);
  }
  for (const family of ["ipv4", "ipv6"] as const) {
    ports.push(...publishedInSave(await read(reads.legacy(family))));
  }
  const value = [...new Set(ports)].sort();
  return value.length > portsMax ? notParsed : known(value);
}
