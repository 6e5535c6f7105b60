/** Signals about Sallyport itself on the device. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { alike, byPackageManager } from "./ways.ts";
import { everywhere, tierClocks } from "./tier.ts";

/** Signals about the agent and what it enforces. */
export const selfSignals: readonly CatalogueEntry[] = [
  {
    signal: "agent.version",
    madeBy: "self",
    type: "version",
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Sallyport version",
    why: "Old agents lack fixes; a policy may ask for a minimum.",
    fix: {
      linux: {
        text: "Install the current Sallyport package, or ask IT for it.",
        ways: byPackageManager(
          alike("Update Sallyport, or ask IT for the current package.", {
            apt: "sudo apt update && sudo apt install --only-upgrade sallyport",
            dnf: "sudo dnf upgrade --refresh sallyport",
            zypper: "sudo zypper refresh && sudo zypper update sallyport",
          }),
        ),
      },
      darwin: { text: "Install the current Sallyport package, or ask IT to push it." },
      windows: { text: "Install the current Sallyport package, or ask IT to push it." },
    },
    who: "it",
    os: everywhere,
  },
  {
    signal: "route.tampered",
    madeBy: "netd",
    type: "bool",
    ...tierClocks.hot,
    evented: ["linux"],
    privacy: "plain",
    title: "Routes or guard rules changed by others",
    said: {
      true: "somebody changed routes or guard rules",
      false: "nobody changed routes or guard rules",
    },
    why:
      "True while somebody else changed or removed the routes, rules or guard that keep private networks " +
      "out of the clear, which Sallyport puts back, or while a routing rule of theirs leads what is for these " +
      "networks past the tunnel, which `sallyport doctor` names.",
    fix: {
      linux: {
        text:
          "Find what rewrites routes or firewall rules (another VPN, a firewall script, `nft flush ruleset`) and stop it; " +
          "then `sallyport recheck`.",
        command: "ip rule show && sudo nft list tables",
      },
      darwin: {
        text: "Quit other VPN programs, then run `sallyport recheck`.",
        command: "netstat -rn",
      },
      windows: {
        text: "Quit other VPN programs, then run `sallyport recheck`.",
        command: "route print",
      },
    },
    who: "user",
    os: everywhere,
  },
];
