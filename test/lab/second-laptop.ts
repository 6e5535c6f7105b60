// A second laptop with its own agent and netd, for those who must not touch the shared one:
//
//   internet ── 10.5.0.0/24 ── desk
import { layCable, setLinks } from "./cable.ts";
import { mustRunNow } from "./command.ts";
import { firewallOn } from "./firewall.ts";
import { Installation, placesOf } from "./installation.ts";
import { programPath } from "./program-path.ts";
import { makeNamespace } from "./topology.ts";

/** Makes the namespace and starts the laptop's programs; it has joined nobody yet. */
export async function startSecondLaptop(folder: string): Promise<Installation> {
  makeNamespace("desk");
  layCable(["internet", "desk"], ["desk", "eth0"]);
  setLinks("internet", ["addr add 10.5.0.1/24 dev desk", "link set desk up"]);
  setLinks("desk", [
    "link set lo up",
    "addr add 10.5.0.2/24 dev eth0",
    "link set eth0 up",
    "route add default via 10.5.0.1",
  ]);
  firewallOn("desk");
  const desk = new Installation("desk", "device", placesOf(folder, "desk"));
  await desk.start();
  return desk;
}

/** Ends the laptop and takes its cable away. */
export async function removeSecondLaptop(desk: Installation): Promise<void> {
  await desk.stop();
  mustRunNow([programPath("ip"), "-netns", "internet", "link", "delete", "desk"]);
}
