/**
 * `localhost` is this host (RFC 6761), also where a bare system without `/etc/hosts` does not know it.
 * Browsers see to that themselves; Node asks the system.
 */
import dns from "node:dns";
import promises from "node:dns/promises";
import { syncBuiltinESMExports } from "node:module";

const isKnown = await promises.lookup("localhost").then(
  () => true,
  () => false,
);
if (!isKnown) {
  leadToLoopback(dns);
  leadToLoopback(promises);
  syncBuiltinESMExports();
}

function leadToLoopback(resolver: { lookup: unknown }): void {
  const asBefore = resolver.lookup as (host: string, ...more: unknown[]) => unknown;
  resolver.lookup = (host: string, ...more: unknown[]) =>
    asBefore(host === "localhost" ? "127.0.0.1" : host, ...more);
}
