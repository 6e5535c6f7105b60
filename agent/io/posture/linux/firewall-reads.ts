/** Privileged reads of the packet filter; netd's client provides them. */
import type { UnknownReason } from "#shared/posture/fact.ts";

/** Raw output of one read. */
export interface RawRead {
  readonly raw: string;
  readonly exitCode: number;
  readonly tookMs: number;
}

/** The reads; each may reject with an error whose `code` is one of netd's. */
export interface FirewallReads {
  /** Resolves when reads can be answered, or after some seconds all the same. */
  ready(): Promise<void>;
  /** `nft -j 'list tables; list chains'`. */
  chains(): Promise<RawRead>;
  /** `nft -j list chain …`. */
  chain(family: string, table: string, name: string): Promise<RawRead>;
  /** `nft -j list ruleset`: may take a second on a large ruleset. */
  ruleset(): Promise<RawRead>;
  /** `ip(6)tables-legacy-save`; empty where the kernel holds no legacy tables. */
  legacy(family: "ipv4" | "ipv6"): Promise<RawRead>;
  /** `ip(6)tables-nft-save`. */
  saved(family: "ipv4" | "ipv6"): Promise<RawRead>;
}

/** Says why a read gave nothing, from netd's error code. */
export function reasonOf(error: unknown): UnknownReason {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "unsupported") return "tool_missing";
  if (code === "permission") return "permission";
  return code === "timeout" ? "timeout" : "no_data";
}
