/** What the agent's package puts where on macOS. There is no package of the controller. */
import type { BuiltPrograms } from "./package-content.ts";
import type { PkgContent } from "./pkg.ts";

const source = "packaging/darwin";
// Not under /usr/local: on many Macs that belongs to a person, who would then run code as root.
const home = "/Library/Sallyport";

/** Returns the agent's package: one executable for daemon, collector and CLI, and netd beside it. */
export function agentPkg({ agent, netd, materials, papers }: BuiltPrograms): PkgContent {
  return {
    identifier: "dev.sallyport.agent",
    title: "Sallyport",
    files: [
      { from: agent, to: `${home}/sallyport`, mode: 0o755 },
      { from: netd, to: `${home}/sallyport-netd`, mode: 0o755 },
      { from: `${source}/scripts/uninstall`, to: `${home}/uninstall`, mode: 0o755 },
      { from: papers.notices, to: `${home}/notices.txt.gz`, mode: 0o644 },
      { from: materials, to: `${home}/sbom.cdx.json`, mode: 0o644 },
      ...["netd", "agent", "enrol"].map((name) => launchd(name, "LaunchDaemons")),
      launchd("tray", "LaunchAgents"),
      {
        from: `${source}/newsyslog.conf`,
        to: "/private/etc/newsyslog.d/dev.sallyport.conf",
        mode: 0o644,
      },
    ],
    scripts: ["preinstall", "postinstall"].map((name) => ({
      from: `${source}/scripts/${name}`,
      to: name,
      mode: 0o755,
    })),
  };
}

function launchd(name: string, folder: "LaunchDaemons" | "LaunchAgents") {
  const file = `dev.sallyport.${name}.plist`;
  return { from: `${source}/launchd/${file}`, to: `/Library/${folder}/${file}`, mode: 0o644 };
}
