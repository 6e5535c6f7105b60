// The laptop's own host firewall, as its user or distribution would set it up: default deny for
// what comes in, IPv4 and IPv6 in one table. It is not Sallyport's; Sallyport only looks at it. ICMP
// is numbered because small systems have no /etc/protocols.
import { mustRunNow, type CommandResult } from "./command.ts";
import { inNamespace, type NamespaceName } from "./topology.ts";
import { programPath } from "./program-path.ts";

/** Text of the rules, for whoever switches the firewall by a file of them. */
export const firewallRules = `table inet host_firewall
delete table inet host_firewall
table inet host_firewall {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif "lo" accept
    meta l4proto { 1, 58 } accept
  }
}
`;

/** Turns the firewall on; `returnedAtMs` is when the kernel had it. */
export function firewallOn(namespace: NamespaceName): CommandResult {
  return mustRunNow(nft(namespace, ["-f", "-"]), { input: firewallRules });
}

/** Turns it off by removing its table; time zero of every cut-off is `returnedAtMs`. */
export function firewallOff(namespace: NamespaceName): CommandResult {
  return mustRunNow(nft(namespace, ["delete", "table", "inet", "host_firewall"]));
}

function nft(namespace: NamespaceName, args: readonly string[]): readonly string[] {
  return inNamespace(namespace, [programPath("nft"), ...args]);
}
