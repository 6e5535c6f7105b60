/**
 * Endpoint protection products as data: what runs, and how health is asked. Adding a product needs
 * no code unless its health format is new. Nothing here is run or trusted by name alone.
 */
import type { OperatingSystem } from "./catalogue-entry.ts";

/** How a product's health is read; the collector has one parser per kind. */
export type HealthProbe =
  /** ClamAV's own socket. */
  { readonly kind: "clamd"; readonly sockets: readonly string[]; readonly database: string };

/** One product on one operating system. */
export interface EdrProduct {
  readonly id: string;
  readonly name: string;
  /** `visibility` tools are listed but protect nothing. */
  readonly class: "edr" | "av" | "visibility";
  readonly os: OperatingSystem;
  /** Service names whose start and stop are worth a look. */
  readonly services: readonly string[];
  /**
   * Programs that must run: one of each inner list, by the path of the running file. A trailing `*`
   * matches versioned names in that folder.
   */
  readonly programs: readonly (readonly string[])[];
  readonly health: HealthProbe | null;
}

const linux = (
  id: string,
  name: string,
  more: Omit<EdrProduct, "id" | "name" | "os">,
): EdrProduct => ({ id, name, os: "linux", ...more });

/** The products we know. */
export const edrCatalogue: readonly EdrProduct[] = [
  linux("clamav", "ClamAV", {
    class: "av",
    services: ["clamav-daemon", "clamav-freshclam", "clamd@scan"],
    programs: [
      ["/usr/sbin/clamd", "/usr/bin/clamd"],
      ["/usr/bin/freshclam", "/usr/sbin/freshclam"],
    ],
    health: {
      kind: "clamd",
      sockets: [
        "/run/clamav/clamd.ctl",
        "/run/clamd.scan/clamd.sock",
        "/run/clamav/clamd.sock",
        "/run/clamd/clamd.sock",
      ],
      database: "/var/lib/clamav",
    },
  }),
  linux("crowdstrike", "CrowdStrike Falcon", {
    class: "edr",
    services: ["falcon-sensor"],
    programs: [["/opt/CrowdStrike/falcon-sensor*"]],
    health: null,
  }),
  linux("sentinelone", "SentinelOne", {
    class: "edr",
    services: ["sentinelone"],
    programs: [["/opt/sentinelone/bin/sentinelone-agent", "/opt/sentinelone/bin/s1-agent"]],
    health: null,
  }),
  linux("defender", "Microsoft Defender", {
    class: "edr",
    services: ["mdatp"],
    programs: [["/opt/microsoft/mdatp/sbin/wdavdaemon"]],
    health: null,
  }),
  linux("carbon-black", "Carbon Black Cloud", {
    class: "edr",
    services: ["cbagentd"],
    programs: [["/opt/carbonblack/psc/bin/cbagentd"]],
    health: null,
  }),
  linux("cortex", "Cortex XDR", {
    class: "edr",
    services: ["traps_pmd"],
    programs: [["/opt/traps/bin/pmd"]],
    health: null,
  }),
  linux("sophos", "Sophos Protection", {
    class: "edr",
    services: ["sophos-spl"],
    programs: [["/opt/sophos-spl/plugins/av/sbin/sophos_threat_detector*"]],
    health: null,
  }),
  linux("elastic", "Elastic Defend", {
    class: "edr",
    services: ["ElasticEndpoint"],
    programs: [["/opt/Elastic/Endpoint/elastic-endpoint"]],
    health: null,
  }),
  linux("trend", "Trend Micro", {
    class: "edr",
    services: ["ds_agent"],
    programs: [["/opt/ds_agent/ds_agent"]],
    health: null,
  }),
  linux("eset", "ESET Endpoint", {
    class: "av",
    services: ["eea", "efs"],
    programs: [["/opt/eset/eea/sbin/startd", "/opt/eset/efs/sbin/startd"]],
    health: null,
  }),
  linux("bitdefender", "Bitdefender", {
    class: "edr",
    services: ["bdsec"],
    programs: [["/opt/bitdefender-security-tools/bin/bdsecd"]],
    health: null,
  }),
  linux("trellix", "Trellix ENS", {
    class: "av",
    services: ["mfetpd"],
    programs: [["/opt/McAfee/ens/tp/bin/mfetpd"]],
    health: null,
  }),
  linux("wazuh", "Wazuh", {
    class: "edr",
    services: ["wazuh-agent"],
    programs: [["/var/ossec/bin/wazuh-agentd"]],
    health: null,
  }),
  linux("osquery", "osquery", {
    class: "visibility",
    services: ["osqueryd", "orbit"],
    programs: [["/opt/osquery/bin/osqueryd", "/usr/bin/osqueryd"]],
    health: null,
  }),
];

/** Whether a running program's path is one of a product's alternatives. */
export function isProgram(alternatives: readonly string[], path: string): boolean {
  return alternatives.some((pattern) => {
    if (!pattern.endsWith("*")) return pattern === path;
    const start = pattern.slice(0, -1);
    return path.startsWith(start) && !path.slice(start.length).includes("/");
  });
}
