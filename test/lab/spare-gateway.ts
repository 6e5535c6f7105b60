// A second gateway of the site, in a namespace of its own with a leg in the resource's LAN:
//
//   internet ── 10.4.0.0/24 ── spare ── 10.50.0.2 (and fd50::2) ── resource
import { layCable, setLinks } from "./cable.ts";
import type { Installation } from "./installation.ts";
import { address, makeNamespace } from "./topology.ts";
import { startGateway, type World } from "./world.ts";

const host = "10.4.0.2";
const lan = { four: "10.50.0.2", six: "fd50::2" } as const;

/** Makes the namespace and enrols it; the answer is the gateway, serving. */
export async function startSpareGateway(folder: string, world: World): Promise<Installation> {
  makeNamespace("spare");
  layCable(["internet", "spare"], ["spare", "eth0"]);
  layCable(["spare", "lan0"], ["resource", "eth1"]);
  setLinks("internet", ["addr add 10.4.0.1/24 dev spare", "link set spare up"]);
  setLinks("spare", [
    `addr add ${host}/24 dev eth0`,
    "link set eth0 up",
    "route add default via 10.4.0.1",
    `addr add ${lan.four}/24 dev lan0`,
    `addr add ${lan.six}/64 dev lan0 nodad`,
    "link set lan0 up",
  ]);
  // The same host on a second cable: answers to the spare gateway leave by it.
  const behind = [address.resource6, address.docs6, address.resolver6];
  setLinks("resource", [
    `addr add ${address.resource4}/32 dev eth1`,
    ...behind.map((six) => `addr add ${six}/128 dev eth1 nodad`),
    "link set eth1 up",
    `route add ${lan.four}/32 dev eth1`,
    `route add ${lan.six}/128 dev eth1`,
  ]);
  return startGateway(folder, world.controller, { namespace: "spare", host });
}
