/**
 * Finds ports that are handed on before the input rules see them, as Docker and Podman publish
 * containers' ports: who reaches those, the host's input rules do not decide.
 */
import { asList, asObject, member, textMember } from "../json-shape.ts";
import type { ChainName } from "./ruleset.ts";

/** What one listing tells. */
export interface PublishedLook {
  /** `tcp/8080`; `tcp/*` where the rule names no single port. */
  readonly ports: readonly string[];
  /** Chains that were jumped to, in the same table. */
  readonly jumps: readonly ChainName[];
}

/** Returns the chains of `nft -j list chains` through which packets are translated first; null for garbage. */
export function translatingChains(text: string): readonly ChainName[] | null {
  const items = itemsOf(text);
  return (
    items?.flatMap((item) => {
      const chain = member(item, "chain");
      const name = placeOf(chain, "name");
      const own = name?.table.startsWith("sallyport") === true;
      const translates =
        textMember(chain, "type") === "nat" && textMember(chain, "hook") === "prerouting";
      return name === null || own || !translates ? [] : [name];
    }) ?? null
  );
}

/** Reads one `nft -j list chain`; null for garbage. */
export function readPublished(text: string): PublishedLook | null {
  const items = itemsOf(text);
  if (items === null) return null;
  const ports: string[] = [];
  const jumps: ChainName[] = [];
  for (const item of items) {
    const rule = asObject(member(item, "rule"));
    if (rule === null) continue;
    const at = placeOf(rule, "chain");
    const statements = asList(rule["expr"]);
    if (at === null) return null;
    const target = statements.map(targetOf).find((name) => name !== null);
    if (target !== undefined) jumps.push({ ...at, name: target });
    if (statements.some(handsOn)) ports.push(portOf(statements));
  }
  return { ports, jumps };
}

/** Reads `iptables-save` of legacy tables: nft does not show those. */
export function publishedInSave(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    if (!/^-A .*-j (DNAT|REDIRECT)\b/.test(line) || line.startsWith("-A OUTPUT")) return [];
    const protocol = / -p (tcp|udp)\b/.exec(line)?.[1] ?? "any";
    return [`${protocol}/${/ --dport (\d{1,5})\b/.exec(line)?.[1] ?? "*"}`];
  });
}

function itemsOf(text: string): readonly unknown[] | null {
  const items: unknown[] = [];
  for (const line of text.trimEnd().split("\n")) {
    let found: unknown;
    try {
      found = member(JSON.parse(line), "nftables");
    } catch {
      return null;
    }
    if (!Array.isArray(found) || member(found[0], "metainfo") === undefined) return null;
    items.push(...(found as readonly unknown[]));
  }
  return items;
}

function placeOf(value: unknown, nameKey: "name" | "chain"): ChainName | null {
  const [family, table, name] = ["family", "table", nameKey].map((key) => textMember(value, key));
  return family === undefined || table === undefined || name === undefined
    ? null
    : { family, table, name };
}

function targetOf(statement: unknown): string | null {
  const jump = member(statement, "jump") ?? member(statement, "goto");
  return textMember(jump, "target") ?? null;
}

function handsOn(statement: unknown): boolean {
  if (member(statement, "dnat") !== undefined || member(statement, "redirect") !== undefined) {
    return true;
  }
  const xt = member(statement, "xt");
  return ["DNAT", "REDIRECT"].includes(textMember(xt, "name") ?? "");
}

function portOf(statements: readonly unknown[]): string {
  for (const statement of statements) {
    const match = member(statement, "match");
    const payload = member(member(match, "left"), "payload");
    if (textMember(payload, "field") !== "dport") continue;
    const protocol = textMember(payload, "protocol") ?? "any";
    const port = member(match, "right");
    return `${protocol}/${typeof port === "number" && member(match, "op") === "==" ? port : "*"}`;
  }
  return "any/*";
}
