// A hotel's network with the company's own numbers: it lets nothing through to the internet but sends
// browsers to its sign-in page, and answers as every host of the company's LAN.
//
//   laptop (hotel0 10.50.0.77) ── hotel 10.50.0.0/24: the page at .30, impostors everywhere else
import { join } from "node:path";
import { layCable, setLinks } from "./cable.ts";
import { mustRunNow } from "./command.ts";
import { Program } from "./program.ts";
import { nodePath, programPath } from "./program-path.ts";
import { address, inNamespace, makeNamespace, type NamespaceName } from "./topology.ts";
import type { World } from "./world.ts";

/** The portal's address, inside a protected prefix on purpose. */
export const portalHost = "10.50.0.30";
/** Its sign-in page. */
export const portalPage = `http://${portalHost}:8080/login`;
const laptopHost = "10.50.0.77";
const redirectPort = 8088;

/** What reaches the company's numbers in the hotel beside the page. */
const eye = `table inet eye {
  counter others { }
  chain arriving {
    type filter hook prerouting priority -400
    iifname != "hotel0" return
    ip daddr ${portalHost} tcp dport { 80, 443, 8080 } return
    ip daddr 10.50.0.0/24 counter name others
  }
}
`;

/** Nobody passes who has not signed in; plain pages lead to the sign-in page. */
const wall = `table inet captive {
  chain sent {
    type nat hook prerouting priority dstnat
    iifname "laptop" ip daddr ${address.controller4} tcp dport 80 redirect to :${redirectPort}
  }
  chain forward {
    type filter hook forward priority -300
    iifname "laptop" tcp dport 8443 reject with tcp reset
    iifname "laptop" udp dport 51820 drop
  }
}
`;

const server = (port: number, script: string) =>
  `require("node:http").createServer((asked, answer) => { ${script} }).listen(${port}, "0.0.0.0",` +
  ` () => console.log(JSON.stringify({ message: "listening" })));`;

/** Owns the hotel; `signIn` is what its page does, `leave` takes all of it away. */
export class CaptivePortal {
  readonly #world: World;
  readonly #programs: readonly Program[];

  private constructor(world: World, programs: readonly Program[]) {
    this.#world = world;
    this.#programs = programs;
  }

  /** The laptop is in the hotel, and cut off from the internet. */
  static async join(world: World): Promise<CaptivePortal> {
    makeNamespace("hotel");
    layCable(["laptop", "hotel0"], ["hotel", "hotel0"]);
    setLinks("hotel", ["link set lo up", "link set hotel0 up", "addr add 10.50.0.1/24 dev hotel0"]);
    setLinks("hotel", [
      `addr add ${portalHost}/24 dev hotel0`,
      "route add local 10.50.0.0/26 dev lo",
    ]);
    setLinks("laptop", [`addr add ${laptopHost}/24 dev hotel0`, "link set hotel0 up"]);
    nft("hotel", eye);
    const page = [8080, 80, 22].map((port) => server(port, 'answer.end("sign in");')).join("\n");
    const sent = `answer.writeHead(302, { location: "${portalPage}" }).end();`;
    const programs = [
      program(world, "hotel", page),
      program(world, "internet", server(redirectPort, sent)),
    ];
    const ready = { deadlineMs: 30_000 };
    for (const one of programs) await one.waitFor((line) => line["message"] === "listening", ready);
    nft("internet", wall);
    return new CaptivePortal(world, programs);
  }

  /** Packets to the company's numbers that were not for the page. */
  others(): number {
    const argv = [programPath("nft"), "list", "counter", "inet", "eye", "others"];
    const { stdout } = mustRunNow(inNamespace("hotel", argv));
    return Number(/packets (\d+)/.exec(stdout)?.[1]);
  }

  signIn(): void {
    mustRunNow(inNamespace("internet", [programPath("nft"), "delete", "table", "inet", "captive"]));
  }

  async leave(): Promise<void> {
    const tables = [programPath("nft"), "list", "tables"];
    if (mustRunNow(inNamespace("internet", tables)).stdout.includes("captive")) this.signIn();
    for (const one of this.#programs) await one.stop();
    this.#world.laptop.command([programPath("ip"), "link", "del", "hotel0"]);
  }
}

function program(world: World, namespace: NamespaceName, script: string): Program {
  return new Program({
    name: `${namespace} pages`,
    argv: inNamespace(namespace, [nodePath, "-e", script]),
    logFile: join(world.laptop.places.logs, `${namespace}-pages.log`),
  });
}

function nft(namespace: NamespaceName, input: string): void {
  mustRunNow(inNamespace(namespace, [programPath("nft"), "-f", "-"]), { input });
}
