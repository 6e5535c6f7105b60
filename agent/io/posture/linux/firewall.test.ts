import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fakeFirewallReads } from "../../../../test/fakes/firewall-reads.ts";
import { createFirewallCollector } from "./firewall.ts";
import { collectPublishedPorts } from "./published-ports.ts";
import type { FirewallReads } from "./firewall-reads.ts";

const folder = new URL("../../../../test/fixtures/posture/firewall/", import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, folder), "utf8");

async function readings(reads: FirewallReads, proof: string | null = null) {
  const collect = createFirewallCollector({
    reads,
    interfaces: () => Promise.resolve(["eth0"]),
    proofOfNoIpv6: () => Promise.resolve(proof),
    setOn: () => Promise.resolve([]),
  });
  const observations = await collect();
  return observations.map(({ fact }) =>
    fact.reading.kind === "known" ? fact.reading.value : fact.reading,
  );
}

test("a plain default deny costs one look at the chains and one at the input chain", async () => {
  const reads = fakeFirewallReads(fixture("plain-default-deny.json"));
  expect(await readings(reads)).toEqual([true, true, true]);
  expect(reads.asked).toEqual(["chains", "legacy ipv4", "legacy ipv6", "inet filter input"]);
});

test("the chain that decided last time is asked for along with the list, and may be gone", async () => {
  const closed = fakeFirewallReads(fixture("plain-default-deny.json"));
  const open = fakeFirewallReads(fixture("empty.json"));
  let reads = closed;
  const collect = createFirewallCollector({
    reads: {
      chains: () => reads.chains(),
      chain: (...name) => reads.chain(...name),
      ruleset: () => reads.ruleset(),
      ready: () => Promise.resolve(),
      legacy: (family) => reads.legacy(family),
      saved: (family) => reads.saved(family),
    },
    interfaces: () => Promise.resolve(["eth0"]),
    proofOfNoIpv6: () => Promise.resolve(null),
    setOn: () => Promise.resolve([]),
  });
  await collect();
  closed.asked.length = 0;
  await collect();
  expect(closed.asked).toEqual(["chains", "inet filter input", "legacy ipv4", "legacy ipv6"]);
  reads = open;
  const [enabled] = await collect();
  expect(enabled?.fact.reading).toEqual({ kind: "known", value: false });
});

test("a firewall that is set to be on and is not in force is named in the evidence, and decides nothing", async () => {
  const look = (file: string) =>
    createFirewallCollector({
      reads: fakeFirewallReads(fixture(file)),
      interfaces: () => Promise.resolve(["eth0"]),
      proofOfNoIpv6: () => Promise.resolve(null),
      setOn: () => Promise.resolve(["ufw"]),
    })();
  const [open] = await look("empty.json");
  expect(open?.fact.reading).toEqual({ kind: "known", value: false });
  expect(open?.raw).toMatch(/^conflict: ufw is set to be on/);
  const [closed] = await look("plain-default-deny.json");
  expect(closed?.fact.reading).toEqual({ kind: "known", value: true });
  expect(closed?.raw).not.toContain("conflict");
});

test("a chain of a name that cannot be asked for is read with all others", async () => {
  const reads = fakeFirewallReads(fixture("plain-default-deny.json"));
  const refused = () => Promise.reject(Object.assign(new Error("name"), { code: "bad_request" }));
  expect(await readings({ ...reads, chain: refused })).toEqual([true, true, true]);
  expect(reads.asked.at(-1)).toBe("ruleset");
  const unknown = { kind: "unknown", reason: "no_data" };
  const blind = { ...reads, chain: refused, ruleset: refused };
  expect(await readings(blind)).toEqual([unknown, unknown, unknown]);
});

test("an empty ruleset is open after the first look", async () => {
  const reads = fakeFirewallReads(fixture("empty.json"));
  expect(await readings(reads)).toEqual([false, false, false]);
  expect(reads.asked).toHaveLength(3);
});

test("a ruleset of many chains is read at once, or chain by chain where it is too large", async () => {
  const reads = fakeFirewallReads(fixture("firewalld-public.json"));
  expect(await readings(reads)).toEqual([true, true, true]);
  expect(reads.asked.at(-1)).toBe("ruleset");
  const large = fakeFirewallReads(fixture("firewalld-public.json"));
  const refused = { ...large, ruleset: () => Promise.reject(new Error("too large")) };
  expect(await readings(refused)).toEqual([true, true, true]);
  expect(large.asked).toContain("inet firewalld filter_IN_public");
});

test("named sets are asked for only where they decide", async () => {
  const reads = fakeFirewallReads(fixture("named-sets.json"));
  expect(await readings(reads)).toEqual([true, true, true]);
  expect(reads.asked.at(-1)).toBe("ruleset");
});

test("ufw over nft needs the saved text for its extensions", async () => {
  const saved = {
    nft4: fixture("ufw-iptables-nft-save.txt"),
    nft6: fixture("ufw-ip6tables-nft-save.txt"),
  };
  const text = fixture("ufw-on-iptables-nft.json");
  expect(await readings(fakeFirewallReads(text, saved))).toEqual([true, true, true]);
  const conflict = { kind: "unknown", reason: "conflict" };
  expect(await readings(fakeFirewallReads(text))).toEqual([conflict, conflict, conflict]);
});

test("IPv4-only rules leave IPv6 open, unless there is no IPv6", async () => {
  const reads = fakeFirewallReads(fixture("iptables-nft-v4.json"), {
    nft4: fixture("iptables-nft-v4-save.txt"),
  });
  expect(await readings(reads)).toEqual([false, true, false]);
  const off = { kind: "notApplicable", proof: "off" };
  expect(await readings(reads, "off")).toEqual([true, true, off]);
});

test("legacy tables count", async () => {
  const reads = fakeFirewallReads(fixture("beside-legacy.json"), {
    legacy4: fixture("legacy-v4-save.txt"),
  });
  expect(await readings(reads)).toEqual([false, true, false]);
});

test.each([
  ["unsupported", "tool_missing"],
  ["permission", "permission"],
  ["kernel", "no_data"],
])("a read that fails with %s is unknown(%s)", async (code, reason) => {
  const reads = {
    ...fakeFirewallReads(fixture("empty.json")),
    chains: () => Promise.reject(Object.assign(new Error("no"), { code })),
  };
  const unknown = { kind: "unknown", reason };
  expect(await readings(reads)).toEqual([unknown, unknown, unknown]);
});

test.each(["", "{}", '{"nftables":[]}', "Operation not permitted"])(
  "output %j is unknown(parse)",
  async (raw) => {
    const reads = {
      ...fakeFirewallReads(fixture("empty.json")),
      chains: () => Promise.resolve({ raw, exitCode: 0, tookMs: 1 }),
    };
    const unknown = { kind: "unknown", reason: "parse" };
    expect(await readings(reads)).toEqual([unknown, unknown, unknown]);
  },
);

test("a tool that failed and printed nothing is no empty ruleset", async () => {
  const reads = {
    ...fakeFirewallReads(fixture("plain-default-deny.json")),
    legacy: () => Promise.resolve({ raw: "", exitCode: 1, tookMs: 1 }),
  };
  const unknown = { kind: "unknown", reason: "no_data" };
  expect(await readings(reads)).toEqual([unknown, unknown, unknown]);
});

test("published ports are found behind the jump, and none where nothing translates", async () => {
  const chain = (_family: string, _table: string, name: string) =>
    Promise.resolve({
      raw: fixture(name === "DOCKER" ? "docker-nat.json" : "docker-prerouting.json"),
      exitCode: 0,
      tookMs: 1,
    });
  const plain = fakeFirewallReads(fixture("plain-default-deny.json"));
  const docker = {
    ...plain,
    chain,
    chains: () => Promise.resolve({ raw: fixture("docker-chains.json"), exitCode: 0, tookMs: 1 }),
  };
  const [published] = await collectPublishedPorts(docker);
  expect(published?.fact.reading).toEqual({ kind: "known", value: ["tcp/8080"] });
  const [none] = await collectPublishedPorts(plain);
  expect(none?.fact.reading).toEqual({ kind: "known", value: [] });
  const broken = {
    ...plain,
    chains: () => Promise.reject(Object.assign(new Error(), { code: "permission" })),
  };
  const [denied] = await collectPublishedPorts(broken);
  expect(denied?.fact.reading).toEqual({ kind: "unknown", reason: "permission" });
  const legacy = () => Promise.resolve({ raw: "", exitCode: 1, tookMs: 1 });
  const [failed] = await collectPublishedPorts({ ...plain, legacy });
  expect(failed?.fact.reading).toEqual({ kind: "unknown", reason: "no_data" });
});
