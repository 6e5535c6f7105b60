/** Endpoint protection on Windows as data. */
import type { BesideProbe, EdrProduct } from "./edr-product.ts";

/**
 * Windows products are found by their services; the Security Center and Defender tell the health of
 * those that do not tell it themselves.
 */
const windows = (
  id: string,
  name: string,
  more: Pick<EdrProduct, "services"> & Partial<EdrProduct>,
): EdrProduct => ({ id, name, os: "windows", class: "edr", programs: [], health: null, ...more });

const beside = (
  probe: Omit<BesideProbe, "kind" | "runs">,
  run: readonly string[],
): BesideProbe => ({
  kind: "beside",
  ...probe,
  runs: [run],
});

/** The products that we know there. */
export const windowsProducts: readonly EdrProduct[] = [
  windows("crowdstrike", "CrowdStrike Falcon", { services: ["CSFalconService"] }),
  windows("sentinelone", "SentinelOne", {
    services: ["SentinelAgent"],
    health: beside(
      {
        parser: "sentinel-windows",
        service: "SentinelAgent",
        program: "SentinelCtl.exe",
        publishers: ["SentinelOne, Inc.", "SentinelOne Inc.", "Sentinel Labs, Inc."],
      },
      ["status"],
    ),
    redactions: ["site key"],
  }),
  windows("defender", "Microsoft Defender", { services: ["WinDefend"], class: "av" }),
  windows("defender-endpoint", "Microsoft Defender for Endpoint", { services: ["Sense"] }),
  windows("carbon-black", "Carbon Black", {
    services: ["CbDefense", "CarbonBlack"],
    health: beside(
      {
        parser: "carbon-black",
        service: "CbDefense",
        program: "RepCLI.exe",
        publishers: ["Carbon Black, Inc.", "VMware, Inc.", "Broadcom Inc."],
      },
      ["status"],
    ),
  }),
  windows("cortex", "Cortex XDR", {
    services: ["cyserver"],
    health: beside(
      {
        parser: "cortex",
        service: "cyserver",
        program: "cytool.exe",
        publishers: ["Palo Alto Networks, Inc.", "Palo Alto Networks (Netherlands) B.V."],
      },
      ["runtime", "query"],
    ),
  }),
  windows("sophos", "Sophos Endpoint", {
    services: ["Sophos Endpoint Defense Service", "Sophos MCS Agent"],
  }),
  windows("elastic", "Elastic Defend", {
    services: ["ElasticEndpoint"],
    health: beside(
      {
        parser: "elastic",
        service: "Elastic Agent",
        program: "elastic-agent.exe",
        publishers: ["Elasticsearch, Inc."],
      },
      ["status", "--output", "json"],
    ),
  }),
  windows("wazuh", "Wazuh", {
    services: ["WazuhSvc"],
    health: {
      kind: "wazuh",
      file: "C:\\Program Files (x86)\\ossec-agent\\wazuh-agent.state",
    },
  }),
  windows("trend", "Trend Micro", { services: ["ntrtscan", "TmListen", "ds_agent", "TMBMServer"] }),
  windows("eset", "ESET Endpoint", {
    services: ["ekrn"],
    class: "av",
    health: beside(
      { parser: "eset", service: "ekrn", program: "ermm.exe", publishers: ["ESET, spol. s r.o."] },
      ["get", "protection-status"],
    ),
  }),
  windows("bitdefender", "Bitdefender", { services: ["EPSecurityService", "EPProtectedService"] }),
  windows("threatdown", "ThreatDown", {
    services: ["MBAMService", "MBEndpointAgent"],
    class: "av",
  }),
  windows("trellix", "Trellix", { services: ["mfemms", "mfetp", "xagt"] }),
  windows("clamav", "ClamAV", { services: ["clamd"], class: "av" }),
  windows("cybereason", "Cybereason", { services: ["CybereasonActiveProbe"] }),
  windows("huntress", "Huntress", { services: ["HuntressAgent"] }),
  windows("cylance", "Cylance", { services: ["CylanceSvc"], class: "av" }),
  windows("webroot", "Webroot", { services: ["WRSVC"], class: "av" }),
  windows("norton", "Norton", { services: ["NortonSecurity"], class: "av" }),
  windows("osquery", "osquery", { services: ["osqueryd"], class: "visibility" }),
  windows("fleet", "Fleet", { services: ["Fleet osquery"], class: "visibility" }),
  windows("kolide", "Kolide", { services: ["LauncherKolideK2Svc"], class: "visibility" }),
];
