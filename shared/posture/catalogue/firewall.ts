/** Signals about the host firewall: effective default-deny for unsolicited inbound traffic. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { firewallFix } from "./firewall-fix.ts";
import { doesNotApply, tierClocks } from "./tier.ts";

const common = {
  type: "bool",
  ...tierClocks.hot,
  evented: ["linux"],
  privacy: "plain",
  fix: firewallFix,
  who: "user",
} satisfies Partial<CatalogueEntry>;

/** Firewall signals. */
export const firewallSignals: readonly CatalogueEntry[] = [
  {
    ...common,
    evented: ["linux", "darwin", "windows"],
    signal: "firewall.enabled",
    madeBy: "firewall",
    title: "Firewall refuses unsolicited connections",
    said: { true: "the firewall is on", false: "the firewall is off or lets strangers in" },
    why:
      "True when new connections from outside meet a drop or reject for IPv4 and IPv6. " +
      "A loaded but permissive ruleset is false; `sallyport posture --evidence firewall.enabled` names a firewall that is " +
      "set to be on and is not in force.",
    os: ["linux", "darwin", "windows"],
  },
  {
    ...common,
    signal: "firewall.ipv4",
    madeBy: "firewall",
    title: "Firewall refuses unsolicited IPv4",
    said: {
      true: "the firewall refuses strangers by IPv4",
      false: "the firewall lets strangers in by IPv4",
    },
    why: "The IPv4 half of firewall.enabled.",
    os: ["linux"],
  },
  {
    ...common,
    signal: "firewall.ipv6",
    madeBy: "firewall",
    title: "Firewall refuses unsolicited IPv6",
    said: {
      true: "the firewall refuses strangers by IPv6",
      false: "the firewall lets strangers in by IPv6",
    },
    why:
      "The IPv6 half of firewall.enabled. Rules for IPv4 alone leave every service reachable over IPv6; " +
      "not applicable where IPv6 is switched off and no global address exists.",
    os: ["linux"],
  },
  {
    signal: "firewall.program",
    madeBy: "published",
    type: "enum",
    domain: ["ufw", "firewalld", "nftables", "none"],
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Firewall program of the machine",
    why:
      "The program that is set to start by itself, else one that is installed; whether it refuses anything is " +
      "firewall.enabled. The command of its fix is for this program.",
    fix: firewallFix,
    who: "user",
    os: ["linux"],
  },
  {
    signal: "firewall.published_ports",
    madeBy: "published",
    type: "set",
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Ports handed on past the firewall",
    why:
      "Ports that are redirected before the input rules see them, as Docker and Podman publish containers' ports: " +
      "`tcp/8080` is reachable even where firewall.enabled is true.",
    fix: {
      ...doesNotApply,
      linux: {
        text:
          "Publish to this machine alone (`docker run -p 127.0.0.1:8080:80`), or filter in the chain DOCKER-USER; " +
          "remove redirections that nobody needs.",
        command: "sudo nft list ruleset | grep -n dnat",
      },
    },
    who: "user",
    os: ["linux"],
  },
];
