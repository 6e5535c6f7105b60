// The laptop's address outside: it changes while Sallyport runs, and nobody tells it.
import { programPath } from "../lab/program-path.ts";
import type { World } from "../lab/world.ts";

/** Another address in the network outside, where the laptop may wake. */
export const elsewhere = "10.1.0.3";

/** Lines for `ip -batch` on the laptop. */
export function laptopIp(world: World, lines: readonly string[]): void {
  world.laptop.command([programPath("ip"), "-batch", "-"], `${lines.join("\n")}\n`);
}

/** Gives it one IPv4 address for another, with the route that goes by it. */
export function moveLaptop(world: World, from: string, to: string): void {
  laptopIp(world, [
    `addr del ${from}/24 dev eth0`,
    `addr add ${to}/24 dev eth0`,
    "route add default via 10.1.0.1",
  ]);
}
