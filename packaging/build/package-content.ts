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
  /** What it needs, in the names of Debian and of rpm distributions. */
  readonly depends: readonly string[];
  readonly requires: readonly string[];
  readonly files: readonly PackagedFile[];
  /** Folders with the scripts of each format. */
  readonly scripts: { readonly deb: string; readonly rpm: string };
}

/** Built programs that packages carry. */
export interface BuiltPrograms {
  readonly agent: string;
  readonly controller: string;
  readonly netd: string;
  /** The icon's native view, where the system needs one and it can be built here: on Windows. */
  readonly tray: string;
  /** Bills of what is in the package of the agent, and of the controller. */
  readonly materials: string;
  readonly controllerMaterials: string;
  readonly papers: PackagePapers;
}

/** The papers of a Debian package: how its parts may be used, and what changed. */
export interface PackagePapers {
  readonly copyright: string;
  /** Licence texts of all parts, compressed. */
  readonly notices: string;
  readonly changelog: string;
}

const units = "packaging/linux/systemd";

/** Returns the agent's package: one executable for daemon, collector and CLI, and netd beside it. */
export function agentPackage(built: BuiltPrograms): PackageContent {
  return {
    name: "sallyport",
    summary: "endpoint agent for access that depends on posture",
    description: [
      "Reports the posture of this machine, drives a WireGuard split tunnel and",
      "enforces signed, short-lived access. Protected networks are closed when in",
      "doubt.",
    ],
    depends: [
      "libc6 (>= 2.28)",
      "libstdc++6",
      "libatomic1",
      "init-system-helpers (>= 1.54)",
      "nftables",
      "systemd",
    ],
    requires: ["glibc >= 2.28", "libstdc++", "libatomic", "nftables", "systemd >= 247"],
    scripts: { deb: "packaging/linux/deb/agent", rpm: "packaging/linux/rpm/agent" },
    files: [
      { from: built.agent, to: "/usr/bin/sallyport", mode: 0o755 },
      { from: built.netd, to: "/usr/lib/sallyport/sallyport-netd", mode: 0o755 },
      {
        from: "packaging/linux/scripts/installed.sh",
        to: "/usr/lib/sallyport/installed",
        mode: 0o755,
      },
      unit("sallyport-netd.service"),
      unit("sallyport-agent.service"),
      unit("sallyport-collector.socket"),
      unit("sallyport-collector.service"),
      unit("sallyport-enrol.path"),
      unit("sallyport-enrol.service"),
      unit("sallyport-enrol-now.service"),
      unit("sallyport-update.service"),
      unit("sallyport-update.timer"),
      {
        from: "packaging/linux/sysusers/sallyport.conf",
        to: "/usr/lib/sysusers.d/sallyport.conf",
        mode: 0o644,
      },
      desktop("sallyport-tray.desktop", "/etc/xdg/autostart"),
      desktop("sallyport.desktop", "/usr/share/applications"),
      ...documents("sallyport", built.materials, built.papers),
    ],
  };
}

/** Returns the controller's package. */
export function controllerPackage(built: BuiltPrograms): PackageContent {
  return {
    name: "sallyport-controller",
    summary: "decides which device reaches which private resource",
    description: [
      "Takes posture reports of Sallyport agents, decides by policy documents, and",
      "hands signed grants to gateways and devices.",
    ],
    depends: [
      "libc6 (>= 2.28)",
      "libstdc++6",
      "libatomic1",
      "init-system-helpers (>= 1.54)",
      "systemd",
    ],
    requires: ["glibc >= 2.28", "libstdc++", "libatomic", "systemd >= 247"],
    scripts: { deb: "packaging/linux/deb/controller", rpm: "packaging/linux/rpm/controller" },
    files: [
      { from: built.controller, to: "/usr/bin/sallyport-controller", mode: 0o755 },
      unit("sallyport-controller.service"),
      {
        from: "packaging/linux/sysusers/sallyport-controller.conf",
        to: "/usr/lib/sysusers.d/sallyport-controller.conf",
        mode: 0o644,
      },
      {
        from: "shared/posture/os-intel.json",
        to: "/usr/share/sallyport-controller/os-intel.json",
        mode: 0o644,
      },
      ...documents("sallyport-controller", built.controllerMaterials, built.papers),
    ],
  };
}

function documents(
  name: string,
  materials: string,
  papers: PackagePapers,
): readonly PackagedFile[] {
  const folder = `/usr/share/doc/${name}`;
  return [
    { from: papers.copyright, to: `${folder}/copyright`, mode: 0o644 },
    { from: papers.notices, to: `${folder}/notices.txt.gz`, mode: 0o644 },
    { from: papers.changelog, to: `${folder}/changelog.gz`, mode: 0o644 },
    { from: materials, to: `${folder}/sbom.cdx.json`, mode: 0o644 },
    {
      from: `packaging/linux/lintian/${name}`,
      to: `/usr/share/lintian/overrides/${name}`,
      mode: 0o644,
    },
  ];
}

function desktop(file: string, folder: string): PackagedFile {
  return { from: `packaging/linux/desktop/${file}`, to: `${folder}/${file}`, mode: 0o644 };
}

function unit(file: string): PackagedFile {
  return { from: `${units}/${file}`, to: `/usr/lib/systemd/system/${file}`, mode: 0o644 };
}
