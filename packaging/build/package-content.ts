/** One file of a package: where it comes from, where it goes, and its mode. */
export interface PackagedFile {
  readonly from: string;
  readonly to: string;
  readonly mode: number;
}

/** What a package is, independent of its format. */
export interface PackageContent {
  readonly name: string;
  readonly summary: string;
  readonly description: readonly string[];
  readonly depends: readonly string[];
  readonly files: readonly PackagedFile[];
  /** Folder with the maintainer scripts of the deb. */
  readonly scripts: string;
}

/** Built programs that packages carry. */
export interface BuiltPrograms {
  readonly agent: string;
  readonly controller: string;
  readonly netd: string;
  readonly notices: string;
  readonly materials: string;
}

const units = "packaging/linux/systemd";

/** Returns the agent's package: one executable for daemon, collector and CLI, and netd beside it. */
export function agentPackage(built: BuiltPrograms): PackageContent {
  const documents = "/usr/share/doc/sallyport";
  return {
    name: "sallyport",
    summary: "Sallyport endpoint agent",
    description: [
      "Reports the posture of this machine, drives a WireGuard split tunnel and enforces",
      "signed, short-lived access. Protected networks are closed when in doubt.",
    ],
    depends: ["libc6 (>= 2.28)", "libstdc++6", "libatomic1", "nftables", "systemd"],
    scripts: "packaging/linux/deb/agent",
    files: [
      { from: built.agent, to: "/usr/bin/sallyport", mode: 0o755 },
      { from: built.netd, to: "/usr/lib/sallyport/sallyport-netd", mode: 0o755 },
      unit("sallyport-netd"),
      unit("sallyport-agent"),
      {
        from: "packaging/linux/sysusers/sallyport.conf",
        to: "/usr/lib/sysusers.d/sallyport.conf",
        mode: 0o644,
      },
      { from: built.notices, to: `${documents}/copyright`, mode: 0o644 },
      { from: built.materials, to: `${documents}/sbom.cdx.json`, mode: 0o644 },
      { from: "CHANGELOG.md", to: `${documents}/CHANGELOG.md`, mode: 0o644 },
    ],
  };
}

/** Returns the controller's package. */
export function controllerPackage(built: BuiltPrograms): PackageContent {
  const documents = "/usr/share/doc/sallyport-controller";
  return {
    name: "sallyport-controller",
    summary: "Sallyport controller",
    description: ["Decides which device reaches which resource, from posture and policy."],
    depends: ["libc6 (>= 2.28)", "libstdc++6", "libatomic1", "systemd"],
    scripts: "packaging/linux/deb/controller",
    files: [
      { from: built.controller, to: "/usr/bin/sallyport-controller", mode: 0o755 },
      unit("sallyport-controller"),
      {
        from: "packaging/linux/sysusers/sallyport-controller.conf",
        to: "/usr/lib/sysusers.d/sallyport-controller.conf",
        mode: 0o644,
      },
      { from: built.notices, to: `${documents}/copyright`, mode: 0o644 },
      { from: built.materials, to: `${documents}/sbom.cdx.json`, mode: 0o644 },
      { from: "CHANGELOG.md", to: `${documents}/CHANGELOG.md`, mode: 0o644 },
    ],
  };
}

function unit(name: string): PackagedFile {
  const file = `${name}.service`;
  return { from: `${units}/${file}`, to: `/usr/lib/systemd/system/${file}`, mode: 0o644 };
}
