/** How the firewall of each machine is switched on; each lets SSH in, so that nobody who works over it is locked out. */
import type { CatalogueEntry, FixText, FixWay } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { olderSettings } from "./windows-settings.ts";

const portOfItsOwn = "if SSH has a port of its own, that port";

// ufw's own name `OpenSSH` is there only where a server for SSH is installed.
const ufw = {
  steps: [
    `Let SSH in first (${portOfItsOwn}), or you lock yourself out: \`sudo ufw allow ssh\`.`,
    "Refuse whatever else comes from outside: `sudo ufw default deny incoming`.",
    "Switch the firewall on: `sudo ufw enable`.",
  ],
  command: "sudo ufw allow ssh && sudo ufw default deny incoming && sudo ufw enable",
} as const;

// SSH is let in before anything is shut, and a start anew brings back rules that somebody flushed.
const firewalld = {
  steps: [
    `Let SSH in first (${portOfItsOwn}), or you lock yourself out: \`sudo firewall-offline-cmd --zone=public --add-service=ssh\`.`,
    "Switch the firewall on: `sudo systemctl enable firewalld && sudo systemctl restart firewalld`.",
    "Refuse whatever else comes from outside: `sudo firewall-cmd --set-default-zone=public`.",
  ],
  command:
    "sudo firewall-offline-cmd --zone=public --add-service=ssh && " +
    "sudo systemctl enable firewalld && sudo systemctl restart firewalld && " +
    "sudo firewall-cmd --set-default-zone=public",
} as const;

/** A table of its own beside what is there; 58 is ICMPv6, 546 is DHCPv6. */
function nftables(file: string): FixText {
  return {
    text: numbered(
      `Copy the command. It adds a table to ${file} that lets in SSH at port 22 (${portOfItsOwn}: change it in the command), ` +
        "answers and what IPv6 needs, and refuses the rest.",
      "Run it: it loads the table, now and at every start.",
    ),
    command:
      "echo 'table inet fw { chain input {type filter hook input priority 0; policy drop; " +
      "ct state established,related accept; iif lo accept; meta l4proto 58 accept; " +
      `udp dport 546 accept; tcp dport 22 accept; }; }' | sudo tee -a ${file} | sudo nft -f - && ` +
      "sudo systemctl enable nftables",
  };
}

/** Returns a fix that installs a firewall and then takes its steps. */
function installed(
  install: string,
  { steps, command }: { readonly steps: readonly string[]; readonly command: string },
): FixText {
  return {
    text: numbered(`Install a firewall: \`${install}\`.`, ...steps),
    command: `${install} && ${command}`,
  };
}

/** What is installed into an image is there after a restart. */
function installedIntoImage(install: string): FixText {
  return {
    text: numbered(
      `Install a firewall: \`${install}\`.`,
      "Save your work and restart: `sudo systemctl reboot`.",
      "Come back here: the steps that switch it on stand here then.",
    ),
    command: install,
  };
}

const ways: readonly FixWay[] = [
  {
    when: { "firewall.program": ["ufw"] },
    text: numbered(...ufw.steps),
    command: ufw.command,
  },
  {
    when: { "firewall.program": ["firewalld"] },
    text: numbered(...firewalld.steps),
    command: firewalld.command,
  },
  {
    when: { "firewall.program": ["nftables"], "os.package_manager": ["apt", "pacman"] },
    ...nftables("/etc/nftables.conf"),
  },
  {
    when: { "firewall.program": ["nftables"], "os.package_manager": ["dnf", "rpm-ostree"] },
    ...nftables("/etc/sysconfig/nftables.conf"),
  },
  {
    when: { "firewall.program": ["none"], "os.package_manager": ["apt"] },
    ...installed("sudo apt install ufw", ufw),
  },
  {
    when: { "firewall.program": ["none"], "os.package_manager": ["dnf"] },
    ...installed("sudo dnf install firewalld", firewalld),
  },
  {
    when: { "firewall.program": ["none", "nftables"], "os.package_manager": ["zypper"] },
    ...installed("sudo zypper install firewalld", firewalld),
  },
  {
    when: { "firewall.program": ["none"], "os.package_manager": ["pacman"] },
    text: numbered(
      "Install a firewall: `sudo pacman -S --needed nftables`.",
      "Switch it on; its own rules let in SSH at port 22 and refuse the rest: `sudo systemctl enable --now nftables`.",
    ),
    command: "sudo pacman -S --needed nftables && sudo systemctl enable --now nftables",
  },
  {
    when: { "firewall.program": ["none"], "os.package_manager": ["rpm-ostree"] },
    ...installedIntoImage("sudo rpm-ostree install firewalld"),
  },
  {
    when: {
      "firewall.program": ["none", "nftables"],
      "os.package_manager": ["transactional-update"],
    },
    ...installedIntoImage("sudo transactional-update pkg install firewalld"),
  },
];

/** Fix of the firewall's signals. */
export const firewallFix: CatalogueEntry["fix"] = {
  linux: {
    text:
      "Switch on a firewall that refuses incoming connections by default, for IPv4 and IPv6. Whoever works over SSH lets " +
      "that in first, or is locked out.",
    ways,
  },
  darwin: {
    text: "Open System Settings > Network > Firewall and switch the firewall on.",
    command: "sudo /usr/libexec/ApplicationFirewall/socketfilterfw --setglobalstate on",
  },
  windows: {
    ...windowsFirewall("Settings > Privacy & security"),
    ways: [
      {
        when: { "os.version": olderSettings },
        ...windowsFirewall("Settings > Update & Security"),
      },
    ],
  },
};

function windowsFirewall(settings: string): FixText {
  return {
    text: numbered(
      `Open ${settings} > Windows Security > Firewall & network protection.`,
      "Open the domain, private and public network one after the other and switch Microsoft Defender Firewall on.",
    ),
    command:
      "Set-NetFirewallProfile -Profile Domain,Private,Public -Enabled True -DefaultInboundAction Block",
  };
}
