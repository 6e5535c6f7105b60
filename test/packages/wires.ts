// The network between the boxes: a bridge that plays the Internet, and one wire from the gateway to
// the private wiki. Both are namespaces of their own; the host's network is not touched.
import { must, tell } from "./host-command.ts";

const internet = "sallyport-box-internet";
const wiki = "sallyport-box-wiki";

/** Addresses as README.md names them. */
export const address = {
  router: "198.51.100.1",
  controller: "198.51.100.2",
  gateway: "198.51.100.7",
  laptop: "198.51.100.20",
  gatewayInside: "10.50.0.1",
  wiki: "10.50.0.10",
} as const;

/** The namespace that holds the wiki. */
export const wikiNamespace = wiki;

/** Makes the bridge and the wiki's namespace anew. */
export function layWires(): void {
  cutWires();
  for (const namespace of [internet, wiki]) {
    must(["ip", "netns", "add", namespace]);
    must(["ip", "-n", namespace, "link", "set", "lo", "up"]);
  }
  must(["ip", "-n", internet, "link", "add", "bridge", "type", "bridge"]);
  must(["ip", "-n", internet, "link", "set", "bridge", "up"]);
  must(["ip", "-n", internet, "address", "add", `${address.router}/24`, "dev", "bridge"]);
  must(inInternet("nft", "-f", "-"), { input: leakTable });
}

const leakTable = `table inet leaks {
  counter clear {}
  chain seen {
    type filter hook prerouting priority raw;
    ip daddr ${address.wiki} counter name clear
  }
}
`;

/** How many packets for the wiki came out of the boxes in clear. */
export function leakedPackets(): number {
  const listing = must(inInternet("nft", "list", "counter", "inet", "leaks", "clear"));
  return Number(/packets (\d+)/.exec(listing)?.[1]);
}

/** Counts from 0 again. */
export function clearCounter(): void {
  must(inInternet("nft", "reset", "counter", "inet", "leaks", "clear"));
}

function inInternet(...argv: readonly string[]): readonly string[] {
  return ["ip", "netns", "exec", internet, ...argv];
}

/** Takes both namespaces away; the wires end with them. */
export function cutWires(): void {
  for (const namespace of [internet, wiki]) tell(["ip", "netns", "del", namespace]);
}

/** Joins a box to the bridge: what its first process finds when it boots. */
export function joinInternet(namespace: string, name: "controller" | "gateway" | "laptop"): void {
  // A boot finds the wire of the boot before gone with its namespace, but not at once.
  tell(["ip", "-n", internet, "link", "del", name]);
  const peer = ["type", "veth", "peer", "name", "eth0", "netns", namespace];
  must(["ip", "-n", internet, "link", "add", name, ...peer]);
  must(["ip", "-n", internet, "link", "set", name, "master", "bridge", "up"]);
  must(["ip", "-n", namespace, "address", "add", `${address[name]}/24`, "dev", "eth0"]);
  must(["ip", "-n", namespace, "link", "set", "eth0", "up"]);
  must(["ip", "-n", namespace, "route", "add", "default", "via", address.router]);
}

/** Joins the gateway to the wiki. */
export function joinWiki(namespace: string): void {
  tell(["ip", "-n", wiki, "link", "del", "eth0"]);
  const peer = ["type", "veth", "peer", "name", "eth1", "netns", namespace];
  must(["ip", "-n", wiki, "link", "add", "eth0", ...peer]);
  must(["ip", "-n", wiki, "address", "add", `${address.wiki}/24`, "dev", "eth0"]);
  must(["ip", "-n", wiki, "link", "set", "eth0", "up"]);
  must(["ip", "-n", namespace, "address", "add", `${address.gatewayInside}/24`, "dev", "eth1"]);
  must(["ip", "-n", namespace, "link", "set", "eth1", "up"]);
}
