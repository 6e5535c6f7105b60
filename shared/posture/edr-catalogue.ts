/**
 * Endpoint protection products as data: what runs, and how health is asked. Adding a product needs
 * no code unless its health format is new. Nothing here is run or trusted by name alone.
 */
import type { OperatingSystem } from "./catalogue-entry.ts";

/** How a product's health is read; the collector has one parser per kind. */
export type HealthProbe =
  /** ClamAV's own socket. */
  | { readonly kind: "clamd"; readonly sockets: readonly string[]; readonly database: string }
  /** A vendor's program, run once per argument list; the parser reads all outputs together. */
  | {
      readonly kind: "command";
      readonly parser: StatusParser;
      readonly candidates: readonly string[];
      readonly runs: readonly (readonly string[])[];
    }
  /**
   * Windows: a vendor's program in the folder of a service that runs. It is run when one of the
   * publishers signed it, and when nobody but administrators may write to that folder.
   */
  | {
      readonly kind: "beside";
      readonly parser: StatusParser;
      readonly service: string;
      readonly program: string;
      readonly publishers: readonly string[];
      readonly runs: readonly (readonly string[])[];
    }
  /** Wazuh's state file. */
  | { readonly kind: "wazuh"; readonly file: string };

/** Formats of status output that the agent can read. */
export type StatusParser =
  | "bitdefender"
  | "carbon-black"
  | "cortex"
  | "defender"
  | "elastic"
  | "eset"
  | "falcon"
  | "falcon-mac"
  | "sentinel-linux"
  | "sentinel-mac"
  | "sentinel-windows"
  | "trellix"
  | "trend";

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
  /** macOS: system extensions (`TEAM bundle.id`), any of which proves that the product is active. */
  readonly extensions?: readonly string[];
  readonly health: HealthProbe | null;
  /** Names of members of its status whose values are never kept: customer and site keys. */
  readonly redactions?: readonly string[];
}

const linux = (
  id: string,
  name: string,
  more: Omit<EdrProduct, "id" | "name" | "os">,
): EdrProduct => ({ id, name, os: "linux", ...more });

const mac = (
  id: string,
  name: string,
  more: Pick<EdrProduct, "health"> & Partial<EdrProduct>,
): EdrProduct => ({ id, name, os: "darwin", class: "edr", services: [], programs: [], ...more });

const falconSecrets = ["cid", "customer id"];
const sentinelSecrets = ["site key"];

const command = (
  parser: StatusParser,
  candidates: readonly string[],
  runs: readonly (readonly string[])[],
): HealthProbe => ({ kind: "command", parser, candidates, runs });

/**
 * Windows products are found by their services; the Security Center and Defender tell the health of
 * those that do not tell it themselves.
 */
const windows = (
  id: string,
  name: string,
  services: readonly string[],
  more: Pick<Partial<EdrProduct>, "class" | "health" | "redactions"> = {},
): EdrProduct => ({
  id,
  name,
  os: "windows",
  class: "edr",
  services,
  programs: [],
  health: null,
  ...more,
});
const antivirus = { class: "av" } as const;

const beside = (
  parser: StatusParser,
  [service, program]: readonly [service: string, program: string],
  publishers: readonly string[],
  run: readonly string[],
): HealthProbe => ({ kind: "beside", parser, service, program, publishers, runs: [run] });

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
    health: command(
      "falcon",
      ["/opt/CrowdStrike/falconctl"],
      [["-g", "--aid", "--rfm-state", "--version"]],
    ),
    redactions: falconSecrets,
  }),
  linux("sentinelone", "SentinelOne", {
    class: "edr",
    services: ["sentinelone"],
    programs: [["/opt/sentinelone/bin/sentinelone-agent", "/opt/sentinelone/bin/s1-agent"]],
    health: command(
      "sentinel-linux",
      ["/opt/sentinelone/bin/sentinelctl"],
      [
        ["engines", "status"],
        ["control", "status"],
        ["management", "status"],
      ],
    ),
    redactions: sentinelSecrets,
  }),
  linux("defender", "Microsoft Defender", {
    class: "edr",
    services: ["mdatp"],
    programs: [["/opt/microsoft/mdatp/sbin/wdavdaemon"]],
    health: command("defender", ["/usr/bin/mdatp"], [["health", "--output", "json"]]),
    redactions: ["org id"],
  }),
  linux("carbon-black", "Carbon Black Cloud", {
    class: "edr",
    services: ["cbagentd"],
    programs: [["/opt/carbonblack/psc/bin/cbagentd"]],
    health: command("carbon-black", ["/opt/carbonblack/psc/bin/repcli"], [["status"]]),
  }),
  linux("cortex", "Cortex XDR", {
    class: "edr",
    services: ["traps_pmd"],
    programs: [["/opt/traps/bin/pmd"]],
    health: command("cortex", ["/opt/traps/bin/cytool"], [["runtime", "query"]]),
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
    health: command(
      "elastic",
      ["/opt/Elastic/Agent/elastic-agent"],
      [["status", "--output", "json"]],
    ),
  }),
  linux("trend", "Trend Micro", {
    class: "edr",
    services: ["ds_agent"],
    programs: [["/opt/ds_agent/ds_agent"]],
    health: command("trend", ["/opt/ds_agent/dsa_query"], [["-c", "GetAgentStatus"]]),
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
    health: command(
      "bitdefender",
      ["/opt/bitdefender-security-tools/bin/bduitool"],
      [["get", "ps"]],
    ),
  }),
  linux("trellix", "Trellix ENS", {
    class: "av",
    services: ["mfetpd"],
    programs: [["/opt/McAfee/ens/tp/bin/mfetpd"]],
    health: command("trellix", ["/opt/McAfee/ens/tp/bin/mfetpcli"], [["--getapstatus"]]),
  }),
  linux("wazuh", "Wazuh", {
    class: "edr",
    services: ["wazuh-agent"],
    programs: [["/var/ossec/bin/wazuh-agentd"]],
    health: { kind: "wazuh", file: "/var/ossec/var/run/wazuh-agentd.state" },
  }),
  // How these tell of their health is not known: they stop at "running".
  linux("kaspersky", "Kaspersky Endpoint Security", {
    class: "av",
    services: ["kesl"],
    programs: [["/opt/kaspersky/kesl/libexec/kesl"]],
    health: null,
  }),
  linux("cisco", "Cisco Secure Endpoint", {
    class: "edr",
    services: ["cisco-amp"],
    programs: [["/opt/cisco/amp/bin/ampdaemon"]],
    health: null,
  }),
  linux("trellix-hx", "Trellix HX", {
    class: "edr",
    services: ["xagt"],
    programs: [["/opt/fireeye/bin/xagt"]],
    health: null,
  }),
  linux("trend-vision-one", "Trend Micro Vision One", {
    class: "edr",
    services: ["tmxbc"],
    programs: [["/opt/TrendMicro/EndpointBasecamp/bin/tmxbc"]],
    health: null,
  }),
  linux("osquery", "osquery", {
    class: "visibility",
    services: ["osqueryd", "orbit"],
    programs: [["/opt/osquery/bin/osqueryd", "/usr/bin/osqueryd"]],
    health: null,
  }),
  mac("crowdstrike", "CrowdStrike Falcon", {
    extensions: ["X9E956P446 com.crowdstrike.falcon.Agent"],
    health: command(
      "falcon-mac",
      ["/Applications/Falcon.app/Contents/Resources/falconctl"],
      [["stats", "-p"]],
    ),
    redactions: falconSecrets,
  }),
  mac("carbon-black", "Carbon Black Cloud", {
    extensions: ["7AGZNQ2S2T com.vmware.carbonblack.cloud.se-agent.extension"],
    health: command(
      "carbon-black",
      ["/Applications/VMware Carbon Black Cloud/repcli.bundle/Contents/MacOS/repcli"],
      [["status"]],
    ),
  }),
  mac("sentinelone", "SentinelOne", {
    extensions: ["4AYE5J54KN com.sentinelone.network-monitoring"],
    health: command(
      "sentinel-mac",
      ["/Library/Sentinel/sentinel-agent.bundle/Contents/MacOS/sentinelctl"],
      [["status"]],
    ),
    redactions: sentinelSecrets,
  }),
  mac("defender", "Microsoft Defender", {
    extensions: ["UBF8T346G9 com.microsoft.wdav.epsext"],
    health: command("defender", ["/usr/local/bin/mdatp"], [["health", "--output", "json"]]),
    redactions: ["org id"],
  }),
  mac("sophos", "Sophos Endpoint", {
    extensions: ["2H5GFH3774 com.sophos.endpoint.scanextension"],
    health: null,
  }),
  mac("elastic", "Elastic Defend", {
    extensions: ["2BT3HPN62Z co.elastic.systemextension"],
    health: null,
  }),
  mac("jamf", "Jamf Protect", {
    extensions: ["483DWKW443 com.jamf.protect.security-extension"],
    health: null,
  }),
  mac("cortex", "Cortex XDR", {
    extensions: ["PXPZ95SK77 com.paloaltonetworks.traps.securityextension"],
    health: command(
      "cortex",
      ["/Library/Application Support/PaloAltoNetworks/Traps/bin/cytool"],
      [["runtime", "query"]],
    ),
  }),
  mac("trend", "Trend Micro", {
    extensions: ["E8P47U2H32 com.trendmicro.icore.es"],
    health: null,
  }),
  mac("trellix", "Trellix ENS", {
    class: "av",
    extensions: ["GT8P3H7SPW com.mcafee.CMF.endpointsecurity"],
    health: null,
  }),
  mac("threatdown", "ThreatDown", {
    class: "av",
    extensions: [
      "GVZRY6KDKR com.malwarebytes.ncep.engine.sys.ext",
      "GVZRY6KDKR com.malwarebytes.mbam.engine.sys.ext",
    ],
    health: null,
  }),
  mac("bitdefender", "Bitdefender", {
    programs: [["/Library/Bitdefender/AVP/BDLDaemon"]],
    health: null,
  }),
  mac("wazuh", "Wazuh", {
    programs: [["/Library/Ossec/bin/wazuh-agentd"]],
    health: { kind: "wazuh", file: "/Library/Ossec/var/run/wazuh-agentd.state" },
  }),
  windows("crowdstrike", "CrowdStrike Falcon", ["CSFalconService"]),
  windows("sentinelone", "SentinelOne", ["SentinelAgent"], {
    health: beside(
      "sentinel-windows",
      ["SentinelAgent", "SentinelCtl.exe"],
      ["SentinelOne, Inc.", "SentinelOne Inc.", "Sentinel Labs, Inc."],
      ["status"],
    ),
    redactions: sentinelSecrets,
  }),
  windows("defender", "Microsoft Defender", ["WinDefend"], antivirus),
  windows("defender-endpoint", "Microsoft Defender for Endpoint", ["Sense"]),
  windows("carbon-black", "Carbon Black", ["CbDefense", "CarbonBlack"], {
    health: beside(
      "carbon-black",
      ["CbDefense", "RepCLI.exe"],
      ["Carbon Black, Inc.", "VMware, Inc.", "Broadcom Inc."],
      ["status"],
    ),
  }),
  windows("cortex", "Cortex XDR", ["cyserver"], {
    health: beside(
      "cortex",
      ["cyserver", "cytool.exe"],
      ["Palo Alto Networks, Inc.", "Palo Alto Networks (Netherlands) B.V."],
      ["runtime", "query"],
    ),
  }),
  windows("sophos", "Sophos Endpoint", ["Sophos Endpoint Defense Service", "Sophos MCS Agent"]),
  windows("elastic", "Elastic Defend", ["ElasticEndpoint"], {
    health: beside(
      "elastic",
      ["Elastic Agent", "elastic-agent.exe"],
      ["Elasticsearch, Inc."],
      ["status", "--output", "json"],
    ),
  }),
  windows("wazuh", "Wazuh", ["WazuhSvc"], {
    health: {
      kind: "wazuh",
      file: "C:\\Program Files (x86)\\ossec-agent\\wazuh-agent.state",
    },
  }),
  windows("trend", "Trend Micro", ["ntrtscan", "TmListen", "ds_agent", "TMBMServer"]),
  windows("eset", "ESET Endpoint", ["ekrn"], {
    class: "av",
    health: beside(
      "eset",
      ["ekrn", "ermm.exe"],
      ["ESET, spol. s r.o."],
      ["get", "protection-status"],
    ),
  }),
  windows("bitdefender", "Bitdefender", ["EPSecurityService", "EPProtectedService"]),
  windows("threatdown", "ThreatDown", ["MBAMService", "MBEndpointAgent"], antivirus),
  windows("trellix", "Trellix", ["mfemms", "mfetp", "xagt"]),
  windows("clamav", "ClamAV", ["clamd"], antivirus),
  windows("cybereason", "Cybereason", ["CybereasonActiveProbe"]),
  windows("huntress", "Huntress", ["HuntressAgent"]),
  windows("cylance", "Cylance", ["CylanceSvc"], antivirus),
  windows("webroot", "Webroot", ["WRSVC"], antivirus),
  windows("osquery", "osquery", ["osqueryd", "Fleet osquery", "LauncherKolideK2Svc"], {
    class: "visibility",
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
