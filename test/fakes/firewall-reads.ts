import type { FirewallReads, RawRead } from "../../agent/io/posture/linux/firewall-reads.ts";

interface Item {
  readonly metainfo?: object;
  readonly table?: object;
  readonly chain?: { readonly family: string; readonly table: string; readonly name: string };
  readonly rule?: { readonly family: string; readonly table: string; readonly chain: string };
}

/** Answers firewall reads from one recorded `nft -j list ruleset` and saved texts, as the tools would. */
export function fakeFirewallReads(
  ruleset: string,
  saved: { legacy4?: string; legacy6?: string; nft4?: string; nft6?: string } = {},
): FirewallReads & { readonly asked: string[] } {
  const items = (JSON.parse(ruleset) as { nftables: readonly Item[] }).nftables;
  const asked: string[] = [];
  const answer = (what: string, raw: string): Promise<RawRead> => {
    asked.push(what);
    return Promise.resolve({ raw, exitCode: 0, tookMs: 1 });
  };
  const keep = (want: (item: Item) => boolean) =>
    JSON.stringify({ nftables: items.filter((item) => item.metainfo !== undefined || want(item)) });
  return {
    asked,
    chains: () =>
      answer(
        "chains",
        `${keep((item) => item.table !== undefined)}\n${keep((item) => item.chain !== undefined)}\n`,
      ),
    ruleset: () => answer("ruleset", ruleset),
    chain: (family, table, name) =>
      answer(
        `${family} ${table} ${name}`,
        keep(({ chain, rule }) => {
          const place = chain ?? (rule === undefined ? undefined : { ...rule, name: rule.chain });
          return place?.family === family && place.table === table && place.name === name;
        }),
      ),
    ready: () => Promise.resolve(),
    legacy: (family) =>
      answer(`legacy ${family}`, (family === "ipv4" ? saved.legacy4 : saved.legacy6) ?? ""),
    saved: (family) =>
      answer(`saved ${family}`, (family === "ipv4" ? saved.nft4 : saved.nft6) ?? ""),
  };
}
