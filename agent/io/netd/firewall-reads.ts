/** The closed list of privileged reads, as the firewall collector asks for them. */
import { z } from "zod";
import type { FirewallReads, RawRead } from "../posture/linux/firewall-reads.ts";
import type { NetdClient } from "./netd-client.ts";

const rawRead = z.object({ raw: z.string(), exitCode: z.int(), tookMs: z.number() });

/** A read that netd refused; `code` is netd's. */
class ReadRefusal extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.name = "ReadRefusal";
    this.code = code;
  }
}

/** Less than the five seconds that one look at the firewall has in all. */
const greetingMs = 4_000;

/** netd runs four requests of a kind at once and calls more of them busy; `observe` is one of them. */
const atOnce = 2;

/** Returns the firewall reads over a connection to netd. */
export function firewallReads(netd: Pick<NetdClient, "call" | "greeted">): FirewallReads {
  const turns = Array.from({ length: atOnce }, () => Promise.resolve());
  let next = 0;
  const read = (fields: Readonly<Record<string, string>>): Promise<RawRead> => {
    const turn = next++ % atOnce;
    const answer = (turns[turn] ?? Promise.resolve()).then(() => ask(fields));
    // A refused read says so to its own caller; the one behind it has its turn all the same.
    turns[turn] = answer.then(
      () => undefined,
      () => undefined,
    );
    return answer;
  };
  const ask = async (fields: Readonly<Record<string, string>>): Promise<RawRead> => {
    const answer = await netd.call("read", fields);
    const parsed = rawRead.safeParse(answer.fields);
    if (answer.ok && parsed.success) return parsed.data;
    throw new ReadRefusal(answer.error?.code ?? "no_data", answer.error?.detail ?? "no output");
  };
  return {
    ready: () => netd.greeted(greetingMs),
    chains: () => read({ what: "nft.chains" }),
    chain: (family, table, chain) => read({ what: "nft.chain", family, table, chain }),
    ruleset: () => read({ what: "nft.ruleset" }),
    saved: (family) => read({ what: family === "ipv4" ? "iptables.saved" : "ip6tables.saved" }),
    legacy: (family) => read({ what: family === "ipv4" ? "iptables.legacy" : "ip6tables.legacy" }),
  };
}
