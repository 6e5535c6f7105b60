import { expect, test } from "vitest";
import { entryOf } from "./catalogue.ts";
import type { CatalogueEntry, FixText } from "./catalogue-entry.ts";
import type { Reading, SignalValue } from "./fact.ts";
import { fixTextOf } from "./fix-text.ts";
import { known } from "./reading.ts";

function onLinux(signal: string, facts: Readonly<Record<string, SignalValue>>): FixText {
  const readings = new Map<string, Reading>(
    Object.entries(facts).map(([name, value]) => [name, known(value)]),
  );
  return fixTextOf(entryOf(signal) as CatalogueEntry, "linux", (name) => readings.get(name));
}

const firewall = (program: string, manager: string) =>
  onLinux("firewall.enabled", { "firewall.program": program, "os.package_manager": manager })
    .command ?? "";

test.each([
  ["ufw", "apt", "sudo ufw allow ssh && sudo ufw default deny"],
  ["ufw", "pacman", "sudo ufw allow ssh && sudo ufw default deny"],
  ["firewalld", "dnf", "sudo firewall-offline-cmd --zone=public --add-service=ssh && "],
  ["firewalld", "apt", "sudo firewall-offline-cmd --zone=public --add-service=ssh && "],
  ["firewalld", "rpm-ostree", "sudo firewall-offline-cmd --zone=public --add-service=ssh && "],
  ["nftables", "apt", "| sudo tee -a /etc/nftables.conf | sudo nft -f -"],
  ["nftables", "dnf", "| sudo tee -a /etc/sysconfig/nftables.conf | sudo nft -f -"],
  ["nftables", "pacman", "| sudo tee -a /etc/nftables.conf | sudo nft -f -"],
  ["none", "apt", "sudo apt install ufw && sudo ufw allow ssh && "],
  ["none", "dnf", "sudo dnf install firewalld && sudo firewall-offline-cmd "],
  ["none", "zypper", "sudo zypper install firewalld && sudo firewall-offline-cmd "],
  ["none", "pacman", "sudo pacman -S --needed nftables && sudo systemctl enable --now nftables"],
])("the firewall's command is %s's where %s is at work", (program, manager, command) => {
  expect(firewall(program, manager)).toContain(command);
});

test("a firewall's command locks out nobody who follows it over SSH", () => {
  const { ways = [], command, text } = entryOf("firewall.enabled")?.fix.linux ?? { text: "" };
  expect(command).toBeUndefined();
  expect(ways.length).toBeGreaterThan(0);
  // Of Arch's own ruleset of nftables, which has a line for SSH, and of an image nothing is in force by the command.
  const others = ways.filter(
    ({ command: line }) => !/(install firewalld|--now nftables)$/.test(line ?? ""),
  );
  expect(others.length).toBeGreaterThan(ways.length / 2);
  for (const way of others) {
    expect(way.command).toMatch(/allow ssh|add-service=ssh|dport 22 accept/);
  }
  expect(text).toMatch(/SSH lets that in first/);
});

test.each([
  ["os.security_updates", "apt", "sudo apt update && sudo apt full-upgrade"],
  ["os.security_updates", "dnf", "sudo dnf upgrade --refresh"],
  ["os.security_updates", "zypper", "sudo zypper refresh && sudo zypper patch"],
  ["os.security_updates", "pacman", "sudo pacman -Syu"],
  ["os.security_updates", "rpm-ostree", "sudo rpm-ostree upgrade"],
  ["os.security_updates", "transactional-update", "sudo transactional-update"],
  ["os.update_source_age_hours", "dnf", "sudo dnf makecache"],
  ["os.held_packages", "zypper", "zypper locks"],
  ["agent.version", "dnf", "sudo dnf upgrade --refresh sallyport"],
])("%s is mended by %s", (signal, manager, command) => {
  expect(onLinux(signal, { "os.package_manager": manager }).command).toBe(command);
});

test("a rolling SUSE is updated as a whole", () => {
  const facts = { "os.package_manager": "zypper", "os.product": "opensuse-tumbleweed" };
  expect(onLinux("os.security_updates", facts).command).toBe("sudo zypper dup");
});

test("ClamAV's commands are for machines on which ClamAV runs", () => {
  const facts = { "os.package_manager": "apt", "edr.products": ["clamav", "wazuh"] };
  expect(onLinux("edr.signature_age_hours", facts).command).toMatch(/clamav-freshclam$/);
  const other = { ...facts, "edr.products": ["crowdstrike"] };
  expect(onLinux("edr.signature_age_hours", other).command).toBeUndefined();
});

test("what updates a version is chosen by its beginning", () => {
  const entry = entryOf("firewall.enabled") as CatalogueEntry;
  const on = (version: string) => fixTextOf(entry, "windows", () => known(version)).text;
  expect(on("10.0.26200.7019")).toContain("Settings > Privacy & security > Windows Security");
  expect(on("10.0.19045.6456")).toContain("Settings > Update & Security > Windows Security");
  expect(on("10.0.190450")).toContain("Settings > Privacy & security > Windows Security");
});
