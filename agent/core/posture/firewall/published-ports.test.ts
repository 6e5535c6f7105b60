import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { publishedInSave, readPublished, translatingChains } from "./published-ports.ts";

const folder = new URL("../../../../test/fixtures/posture/firewall/", import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, folder), "utf8");

test("Docker's way: a translating chain jumps to one whose rule hands a port on", () => {
  const chain = { family: "ip", table: "nat", name: "PREROUTING" };
  expect(translatingChains(fixture("docker-chains.json"))).toEqual([chain]);
  expect(readPublished(fixture("docker-prerouting.json"))).toEqual({
    ports: [],
    jumps: [{ ...chain, name: "DOCKER" }],
  });
  expect(readPublished(fixture("docker-nat.json"))).toEqual({ ports: ["tcp/8080"], jumps: [] });
});

test("nft's own statements count; a rule without a single port says so", () => {
  const rule = (...expr: readonly object[]) =>
    JSON.stringify({
      nftables: [{ metainfo: {} }, { rule: { family: "ip", table: "t", chain: "c", expr } }],
    });
  const dport = (right: unknown) => ({
    match: { op: "==", left: { payload: { protocol: "udp", field: "dport" } }, right },
  });
  expect(readPublished(rule(dport(53), { redirect: { port: 5353 } }))?.ports).toEqual(["udp/53"]);
  expect(readPublished(rule(dport({ set: [1, 2] }), { dnat: {} }))?.ports).toEqual(["udp/*"]);
  expect(readPublished(rule({ dnat: { addr: "10.0.0.1" } }))?.ports).toEqual(["any/*"]);
  expect(readPublished(rule(dport(22), { accept: null }))?.ports).toEqual([]);
});

test("legacy tables tell by their saved text; what the machine itself sends does not count", () => {
  const save =
    "*nat\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n" +
    "-A OUTPUT -p udp --dport 53 -j REDIRECT\n-A PREROUTING -j DNAT --to-destination 10.0.0.1\nCOMMIT\n";
  expect(publishedInSave(save)).toEqual(["tcp/8080", "any/*"]);
  expect(publishedInSave("")).toEqual([]);
});

test.each(["", "{}", "Operation not permitted", '{"nftables":[]}'])(
  "garbage is none: %j",
  (text) => {
    expect(translatingChains(text)).toBeNull();
    expect(readPublished(text)).toBeNull();
  },
);
