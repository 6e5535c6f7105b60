/** Endpoint protection on Windows as data. */
import type { EdrProduct, HealthProbe, StatusParser } from "./edr-product.ts";

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

/** The products that we know there. */
export const windowsProducts: readonly EdrProduct[] = [
  windows("crowdstrike", "CrowdStrike Falcon", ["CSFalconService"]),
  windows("sentinelone", "SentinelOne", ["SentinelAgent"], {
    health: beside(
      "sentinel-windows",
      ["SentinelAgent", "SentinelCtl.exe"],
      ["SentinelOne, Inc.", "SentinelOne Inc.", "Sentinel Labs, Inc."],
      ["status"],
    ),
    redactions: ["site key"],
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
