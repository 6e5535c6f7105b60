// Cables between namespaces, and what stands at their ends.
import { mustRunNow } from "./command.ts";
import { programPath } from "./program-path.ts";
import type { NamespaceName } from "./topology.ts";

type End = readonly [NamespaceName, device: string];

/** Lays a cable; both ends are still down. */
export function layCable(one: End, other: End): void {
  const ends = ["link", "add", one[1], "netns", one[0], "type", "veth"];
  const peer = ["peer", "name", other[1], "netns", other[0]];
  mustRunNow([programPath("ip"), ...ends, ...peer]);
}

/** Runs lines of `ip` in a namespace. */
export function setLinks(name: NamespaceName, lines: readonly string[]): void {
  mustRunNow([programPath("ip"), "-netns", name, "-batch", "-"], {
    input: `${lines.join("\n")}\n`,
  });
}

/** Draws a machine's cable out of the internet, or puts it in. */
export function setCable(name: NamespaceName, state: "up" | "down"): void {
  setLinks("internet", [`link set ${name} ${state}`]);
}
