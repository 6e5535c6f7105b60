// A second site whose prefix lies inside one of the first site's, behind two gateways of its own:
//
//   internet ─┬─ 10.6.0.0/24 ── branch ── 10.50.0.81 (and fd50::51) ──┬── annex: 10.50.0.85, fd50::55
//             └─ 10.7.0.0/24 ── outpost ─ 10.50.0.82 (and fd50::52) ──┘
//
// The LAN of the first site has a double of the annex: what is led there answers with its name.
import { join } from "node:path";
import { layCable, setLinks } from "./cable.ts";
import { groupName, policy, siteName } from "./documents.ts";
import { wiki } from "./flow.ts";
import type { Installation } from "./installation.ts";
import { ask } from "./line-client.ts";
import { Program } from "./program.ts";
import { nodePath, programPath } from "./program-path.ts";
import { inNamespace, makeNamespace } from "./topology.ts";
import { startGateway, type World } from "./world.ts";

/** The host of the annex; behind the first site it has a double. */
export const annexHosts = ["10.50.0.85", "fd50::55"] as const;
/** What the first site has around it: these answer there, and are granted. */
export const aroundHosts = ["10.50.0.70", "fd50::46"] as const;
const narrow = ["10.50.0.80/28", "fd50::50/124"] as const;
const around = ["10.50.0.64/26", "fd50::40/122"] as const;
const annexSite = "annex";

const cables = [
  { namespace: "branch", net: "10.6.0", lan: ["10.50.0.81", "fd50::51"], leg: "eth0" },
  { namespace: "outpost", net: "10.7.0", lan: ["10.50.0.82", "fd50::52"], leg: "eth1" },
] as const;

/** The annex, who may reach it, and who counts what is led elsewhere. */
export interface Annex {
  readonly grantBoth: () => Promise<void>;
  readonly grantAroundAlone: () => Promise<void>;
  /** Packets for the annex that came out of the tunnel at the first site's gateway. */
  readonly misled: () => number;
  readonly stop: () => Promise<void>;
}

function resourceOf(name: string, site: string, prefixes: readonly string[]): string {
  const targets = prefixes.flatMap((cidr) => [
    `  - { cidr: "${cidr}", proto: tcp, ports: ["${wiki.tcpPort}"] }`,
    `  - { cidr: "${cidr}", proto: udp, ports: ["${wiki.udpPort}"] }`,
    `  - { cidr: "${cidr}", proto: icmp }`,
  ]);
  return `name: ${name}\nsite: ${site}\ntargets:\n${targets.join("\n")}\n`;
}

const granting = (resources: string) => `${policy}  - id: engineering-reads-the-annex
    effect: allow
    subjects: { groups: [${groupName}] }
    resources: { names: [${resources}] }
    when: { level: protected-laptop }
`;

/** Makes the annex with its gateways, and grants it together with what is around it. */
export async function startAnnex(folder: string, world: World): Promise<Annex> {
  makeNamespace("annex");
  for (const cable of cables) layLegs(cable);
  setLinks(
    "resource",
    [...annexHosts, ...aroundHosts].map((host) =>
      host.includes(":") ? `addr add ${host}/128 dev eth0 nodad` : `addr add ${host}/32 dev eth0`,
    ),
  );
  await ask(world.network.resource, { verb: "listen", hosts: [...annexHosts, ...aroundHosts] });
  await ask(world.network.impostor, { verb: "listen", hosts: [...annexHosts] });
  const file = join(import.meta.dirname, "resource-server.ts");
  const server = new Program({
    name: "annex",
    argv: inNamespace("annex", [nodePath, file, "annex", ...annexHosts]),
    logFile: join(folder, "logs", "annex.log"),
  });
  await server.waitFor((line) => line["message"] === "listening", { deadlineMs: 60_000 });
  const { controller } = world;
  await controller.apply("site", `name: ${annexSite}\nforwarding: snat\n`);
  const gateways: Installation[] = [];
  for (const { namespace, net } of cables) {
    const place = { namespace, host: `${net}.2`, site: annexSite };
    gateways.push(await startGateway(folder, controller, place));
  }
  await controller.apply("resource", resourceOf("annex", annexSite, narrow));
  await controller.apply("resource", resourceOf("around-the-annex", siteName, around));
  countMisled(world);
  const grantBoth = () => controller.apply("policy", granting("annex, around-the-annex"));
  await grantBoth();
  return {
    grantBoth,
    grantAroundAlone: () => controller.apply("policy", granting("around-the-annex")),
    misled: () => misledAt(world),
    stop: async () => {
      await controller.apply("policy", policy);
      for (const gateway of gateways) await endGateway(world, gateway);
      await server.stop();
    },
  };
}

function layLegs({ namespace, net, lan: [four, six], leg }: (typeof cables)[number]): void {
  makeNamespace(namespace);
  layCable(["internet", namespace], [namespace, "eth0"]);
  layCable([namespace, "lan0"], ["annex", leg]);
  setLinks("internet", [`addr add ${net}.1/24 dev ${namespace}`, `link set ${namespace} up`]);
  setLinks(namespace, [
    "link set lo up",
    `addr add ${net}.2/24 dev eth0`,
    "link set eth0 up",
    `route add default via ${net}.1`,
    `addr add ${four}/28 dev lan0`,
    `addr add ${six}/124 dev lan0 nodad`,
    "link set lan0 up",
  ]);
  // The same host on both cables: answers to a gateway leave by its own.
  setLinks("annex", [
    "link set lo up",
    `addr add ${annexHosts[0]}/32 dev ${leg}`,
    `addr add ${annexHosts[1]}/128 dev ${leg} nodad`,
    `link set ${leg} up`,
    `route add ${four}/32 dev ${leg}`,
    `route add ${six}/128 dev ${leg}`,
  ]);
}

async function endGateway({ controller }: World, gateway: Installation): Promise<void> {
  await controller.ask(["device", "revoke", await gateway.id()]);
  await gateway.stop();
}

function countMisled({ gateway }: World): void {
  const rules = narrow.map(
    (cidr) =>
      `iifname "spg0" ${cidr.includes(":") ? "ip6" : "ip"} daddr ${cidr} counter name misled`,
  );
  const table = `table inet lab {
  counter misled { }
  chain arriving { type filter hook prerouting priority -400; policy accept; ${rules.join("; ")}; }
}
`;
  gateway.command([programPath("nft"), "-f", "-"], table);
}

function misledAt({ gateway }: World): number {
  const list = [programPath("nft"), "list", "counter", "inet", "lab", "misled"];
  return Number(/packets (\d+)/.exec(gateway.command(list).stdout)?.[1] ?? Number.NaN);
}
