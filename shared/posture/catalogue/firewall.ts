/** Signals about the host firewall: effective default-deny for unsolicited inbound traffic. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { doesNotApply, tierClocks } from "./tier.ts";

// Each lets SSH in, so that whoever follows it over SSH does not lock himself out.
const ufw = "sudo ufw allow ssh && sudo ufw default deny incoming && sudo ufw enable";
const firewalld =
  "sudo systemctl enable --now firewalld && sudo firewall-cmd --set-default-zone=public && " +
  "sudo firewall-cmd --add-service=ssh && sudo firewall-cmd --permanent --add-service=ssh";
// A table of its own beside what is there; 58 is ICMPv6, 546 is DHCPv6.
const nftables =
  "echo 'table inet fw { chain input {type filter hook input priority 0; policy drop; " +
  "ct state established,related accept; iif lo accept; meta l4proto 58 accept; " +
  "udp dport 546 accept; tcp dport 22 accept; }; }' | sudo tee -a /etc/nftables.conf | sudo nft -f -";

const fix: CatalogueEntry["fix"] = {
  linux: {
    text:
      "Switch on a firewall that refuses incoming connections by default, for IPv4 and IPv6: ufw on Debian and Ubuntu " +
      "(with `IPV6=yes` in /etc/default/ufw), firewalld on Fedora, RHEL and SUSE, nftables on Arch; of nftables, also " +
      "`sudo systemctl enable nftables`. Whoever works over SSH lets that in first, or is locked out: `sudo ufw allow ssh`, " +
      "`sudo firewall-cmd --add-service=ssh`; where SSH has a port of its own, that port.",
    ways: [
      { when: { "firewall.program": ["ufw"] }, command: ufw },
      { when: { "firewall.program": ["firewalld"] }, command: firewalld },
      {
        when: { "firewall.program": ["nftables"], "os.package_manager": ["apt", "pacman"] },
        command: nftables,
      },
      {
        when: { "firewall.program": ["none"], "os.package_manager": ["apt"] },
        command: `sudo apt install ufw && ${ufw}`,
      },
      {
        when: { "firewall.program": ["none"], "os.package_manager": ["dnf"] },
        command: `sudo dnf install firewalld && ${firewalld}`,
      },
      {
        when: { "firewall.program": ["none"], "os.package_manager": ["zypper"] },
        command: `sudo zypper install firewalld && ${firewalld}`,
      },
      {
        // Its own ruleset refuses all but SSH.
        when: { "firewall.program": ["none"], "os.package_manager": ["pacman"] },
        command: "sudo pacman -S --needed nftables && sudo systemctl enable --now nftables",
      },
    ],
  },
  darwin: {
    text: "Open System Settings > Network > Firewall and switch the firewall on.",
    command: "sudo /usr/libexec/ApplicationFirewall/socketfilterfw --setglobalstate on",
  },
  windows: {
    text:
      "Open Windows Security > Firewall & network protection and switch the firewall on " +
      "for the domain, private and public network.",
    command:
      "Set-NetFirewallProfile -Profile Domain,Private,Public -Enabled True -DefaultInboundAction Block",
  },
};

const common = {
  type: "bool",
  ...tierClocks.hot,
  evented: ["linux"],
  privacy: "plain",
  fix,
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
    fix,
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
