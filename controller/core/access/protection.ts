/** What never leaves a device in clear, as every device is told it. */
import type { TunnelDesired } from "#shared/protocol/desired.ts";

/** Prefixes and exemptions that are the same for every device. */
export interface Protection {
  readonly prefixes: readonly string[];
  readonly bypass: TunnelDesired["bypass"];
}

/** A `host:port` that devices must reach outside the tunnel. */
export interface Door {
  readonly endpoint: string;
  readonly proto: "tcp" | "udp";
}
